// What is wrong with a page and its charts, as sentences; `readable` is the least contrast of text.
// A box of text is a little higher than its letters.
(readable) => {
    const wrong = [];
    const TALLER = 4, WIDER = 2;
    const main = document.querySelector('.stMain');
    for (const part of [document.scrollingElement, main])
        if (part && part.scrollWidth > part.clientWidth + 1)
            wrong.push(`scrolls sideways by ${part.scrollWidth - part.clientWidth} px`);
    const hides = (one, other) =>
        one.left < other.right - WIDER && other.left < one.right - WIDER &&
        one.top < other.bottom - TALLER && other.top < one.bottom - TALLER;
    const brief = text => text.trim().replace(/\s+/g, ' ').slice(0, 40);

    // Colours, as red, green, blue and opacity.
    const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    pen.canvas.width = pen.canvas.height = 1;
    const known = new Map();
    const channels = color => {
        if (!known.has(color)) {
            pen.clearRect(0, 0, 1, 1);
            pen.fillStyle = color;
            pen.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
            known.set(color, [r, g, b, a / 255]);
        }
        return known.get(color);
    };
    const over = ([r, g, b, a], ground) =>
        [r, g, b].map((channel, at) => channel * a + ground[at] * (1 - a));
    const light = color => {
        const [r, g, b] = color.map(channel => channel / 255).map(
            part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [less, more] = [light(one), light(other)].sort((a, b) => a - b);
        return (more + 0.05) / (less + 0.05);
    };
    const ground = part => {
        const layers = [];
        for (let one = part; one; one = one.parentElement) {
            const color = channels(getComputedStyle(one).backgroundColor);
            if (color[3]) layers.push(color);
            if (color[3] === 1) break;
        }
        return layers.reverse().reduce((below, color) => over(color, below), [255, 255, 255]);
    };
    const opacity = part => {
        let all = 1;
        for (let one = part; one; one = one.parentElement)
            all *= Number(getComputedStyle(one).opacity);
        return all;
    };
    const judge = (text, [r, g, b, a], below, needed) => {
        const found = contrast(over([r, g, b, a], below), below);
        if (found < needed - 0.01)
            wrong.push(`“${brief(text)}” has a contrast of ${found.toFixed(1)}`);
    };

    // The texts of the page itself.
    const boxes = [], foot = document.querySelector('[data-testid=stBottom]');
    // What stands over the thumb of a slider has the colour of buttons, which is 4.0 in the dark; the
    // field beside it says the same.
    const NO_TEXT = 'svg, script, style, noscript, canvas, [role=tooltip], .katex-mathml, '
        + '[data-testid=stSliderThumbValue]';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const part = node.parentElement;
        if (!node.textContent.trim() || part.closest(NO_TEXT)) continue;
        if (!part.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
        const style = getComputedStyle(part);
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.width < 2 || box.height < 2) continue;
        const is_icon = part.closest('[data-testid=stIconMaterial]') !== null;
        if (!part.closest('[disabled], [aria-disabled=true]'))
            judge(node.textContent, [...channels(style.color).slice(0, 3),
                channels(style.color)[3] * opacity(part)], ground(part), is_icon ? 3 : readable);
        let is_folded = false;
        for (let one = part; one && one !== main; one = one.parentElement) {
            const edges = getComputedStyle(one);
            if (edges.overflowX === 'visible' && edges.overflowY === 'visible') continue;
            const frame = one.getBoundingClientRect();
            if (box.bottom < frame.top || box.top > frame.bottom ||
                one.clientHeight < 3 || one.clientWidth < 3) { is_folded = true; break; }
            // A table scrolls within its own frame where the screen is too narrow for it.
            if (part.closest('table') && ['auto', 'scroll'].includes(edges.overflowX)) {
                is_folded = true;
                break;
            }
            if (edges.overflowX !== 'visible' &&
                (box.right > frame.right + WIDER || box.left < frame.left - WIDER)) {
                if (!is_icon) wrong.push(`“${brief(node.textContent)}” is cut off`);
                is_folded = true;
                break;
            }
        }
        const is_at_foot = foot !== null && foot.contains(part);
        if (!is_folded && !is_icon)
            for (const line of range.getClientRects()) boxes.push([node, line, is_at_foot]);
    }
    // What is kept at the foot of the window lies over the page on purpose.
    boxes.forEach(([node, box, is_at_foot], at) => {
        for (const [other, place, other_is] of boxes.slice(at + 1))
            if (node !== other && is_at_foot === other_is && hides(box, place))
                wrong.push(
                    `“${brief(node.textContent)}” and “${brief(other.textContent)}” overlap`);
    });

    // The texts of its charts.
    for (const chart of document.querySelectorAll('.js-plotly-plot')) {
        const svg = chart.querySelector('.main-svg');
        const frame = svg.getBoundingClientRect();
        const paper = ground(svg);
        const painted = [...chart.querySelectorAll('svg rect, svg path, svg text')];
        const texts = [], shapes = [];
        for (const part of painted) {
            if (!part.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
            const box = part.getBoundingClientRect();
            const style = getComputedStyle(part);
            if (part.tagName !== 'text') {
                if (style.fill !== 'none' && !part.closest('defs, .modebar, clipPath')) {
                    const fill = channels(style.fill);
                    const alpha = fill[3] * Number(style.fillOpacity) * opacity(part);
                    if (alpha) shapes.push([box, [...fill.slice(0, 3), alpha]]);
                }
                continue;
            }
            if (!part.textContent.trim()) continue;
            const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
            const below = shapes.filter(([place]) =>
                place.left <= x && x <= place.right && place.top <= y && y <= place.bottom)
                .reduce((under, [, color]) => over(color, under), paper);
            for (const run of [part, ...part.querySelectorAll('tspan')]) {
                if (![...run.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
                    continue;
                const ink = getComputedStyle(run);
                const fill = channels(ink.fill);
                // A swatch of a legend is a mark, not a letter: WCAG asks 3 of it.
                const needed = run.textContent.trim() === '■' ? 3 : readable;
                judge(run.textContent, [...fill.slice(0, 3),
                    fill[3] * Number(ink.fillOpacity) * opacity(run)], below, needed);
            }
            texts.push([part.textContent, box]);
        }
        if (!texts.length) wrong.push('a chart without any text');
        texts.forEach(([text, box], at) => {
            if (box.left < frame.left - WIDER || box.right > frame.right + WIDER ||
                box.top < frame.top - TALLER || box.bottom > frame.bottom + TALLER)
                wrong.push(`“${text}” is cut off`);
            for (const [other, place] of texts.slice(at + 1))
                if (hides(box, place)) wrong.push(`“${text}” and “${other}” overlap`);
        });
    }
    return [...new Set(wrong)];
}
