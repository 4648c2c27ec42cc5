"""Names are shown letter for letter: no page runs, fetches or links what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from dashboard import Dashboard, served, settled
from playwright.sync_api import Page, expect

from health.accounts.decisions import dismiss
from health.cli import main
from health.output.markdown import WORD_JOINER
from health.storage.database import Database

OUT = "outside.example"
RUN = "window.ran=1"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}></svg>",
    f"<svg/onload={RUN}//",
    f"<iframe src='https://{OUT}/frame'></iframe>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    f"<form action='https://{OUT}/form'><input name=a><button>Go</button></form>",
    f"<a href='javascript:{RUN}'>Click</a>",
    f"<a href='https://{OUT}/a'>plotly link</a>",
    f"<a href='data:text/html,<script>{RUN}</script>'>data</a>",
    f"![picture](https://{OUT}/markdown.png)",
    f"[link](https://{OUT}/markdown)",
    f"[run](javascript:{RUN})",
    f"<https://{OUT}/auto>",
    f"https://{OUT}/bare www.{OUT} ada@{OUT}",
    f"[1]: https://{OUT}/ref [1] ![1]",
    f"<style>@import url(https://{OUT}/css);body{{display:none}}</style>",
    f"<link rel=stylesheet href=https://{OUT}/link.css>",
    f"<div style='background:url(https://{OUT}/bg)'>styled</div>",
    f"<meta http-equiv=refresh content='0;url=https://{OUT}/meta'>",
    f"<base href=https://{OUT}/>",
    f"<object data=https://{OUT}/o></object><embed src=https://{OUT}/e>",
    f"<math href=javascript:{RUN}>CLICK</math>",
    f"<details open ontoggle={RUN}>open</details>",
    f"'\"><img src=//{OUT}/q onerror={RUN}>",
    f"&lt;img src=x onerror={RUN}&gt; &#60;b&#62; &amp;amp;",
    r"$\href{javascript:window.ran=1}{x}$ $$E=mc^2$$",
    ":material/delete: :red[red] :blue-background[blue] :rainbow[x] :small[y]",
    ":smile: :warning: <b>bold</b> **bold** _i_ ~~s~~ `code` # head",
    ":badge[b] :green-badge[:material/check: ok] :streamlit:",
    "| a | b | - 1. > quote *** --- +++",
    ":material_home: :streamlit: a -> b <- c <-> d -- e >= f <= g ~= h",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c \u2066bidi\u2069",
    "zero\u200bwidth\u200d\ufeffname",
    "%{customdata} %{x} {{template}} ${code} %s {0}",
    f"L{'o' * 300}ng <img src=x onerror={RUN}> name",
)

# A link to the mail program is none to outside: it fetches nothing, and owners are mail addresses.
FOREIGN = """() => {
  const outside = (url) => {
    if (!url || url.startsWith('#') || url.startsWith('mailto:')) return false;
    const at = new URL(url, 'http://own.invalid/');
    if (['data:', 'blob:'].includes(at.protocol)) return url.includes('text/html');
    return at.origin !== 'http://own.invalid' && at.origin !== location.origin;
  };
  const found = [];
  for (const one of document.body.querySelectorAll('*')) {
    for (const name of ['href', 'src', 'action', 'formaction', 'data', 'srcdoc', 'xlink:href'])
      if (one.hasAttribute(name) && (name === 'srcdoc' || outside(one.getAttribute(name))))
        found.push(`${one.tagName} ${name}=${one.getAttribute(name)}`);
    for (const {name} of one.attributes)
      if (name.startsWith('on')) found.push(`${one.tagName} ${name}`);
  }
  for (const one of document.body.querySelectorAll(
      'script, iframe, object, embed, meta, base, math, .katex, details[ontoggle]'))
    found.push(one.outerHTML.slice(0, 80));
  for (const one of document.body.querySelectorAll('form'))
    if (one.action && outside(one.getAttribute('action'))) found.push(one.outerHTML.slice(0, 80));
  if (window.ran !== undefined) found.push('a script ran');
  return found;
}"""

GO = """address => {
  history.pushState({}, '', address);
  dispatchEvent(new PopStateEvent('popstate', {state: {}}));
}"""
IS_HEADED = """([joiner, name]) => [...document.querySelectorAll('h1, h2, h3')].some(heading =>
  heading.textContent.startsWith('How is') &&
  heading.textContent.replaceAll(joiner, '').replace(/[ \\n\\t]+/g, ' ').includes(name))"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard whose clients, owners, industries, files, users and reasons are all markup."""
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / "health.duckdb"
    size = ["--organizations", str(len(PAYLOADS)), "--days", "120"]
    assert main(["demo", *size, "--database", str(path)]) == 0
    with Database.open(path) as database:
        with database.write() as writer:
            for number, payload in enumerate(PAYLOADS):
                writer.execute(
                    """UPDATE clients SET name = $markup, csm = $markup, industry = $markup,
                        organization_id = $markup, alert_level = 'PROACTIVE'
                    WHERE organization_id = $id""",
                    {"markup": payload, "id": f"ORG-{number + 1:04d}"},
                )
            writer.execute(
                "UPDATE imports SET name = $markup, imported_by = $markup", {"markup": PAYLOADS[1]}
            )
            writer.execute(
                "UPDATE scoring_runs SET requested_by = $markup", {"markup": PAYLOADS[10]}
            )
        for payload in PAYLOADS[:6]:
            dismiss(database, payload, reason=payload, known=(), by=payload)
    with served(folder) as dashboard:
        yield dashboard


def innocent(page: Page) -> None:
    """No name became a part of the page; requests and errors fail the test by themselves."""
    settled(page)
    assert page.evaluate(FOREIGN) == []


def as_written(payload: str) -> str:
    """A name as a page shows it: on one line, but for the sign that keeps it from linking."""
    return re.sub(r"\s+", " ", payload.replace(WORD_JOINER, ""))


def hover(page: Page) -> list[str]:
    """Pass the pointer over the marks of every chart, and return what was said."""
    said = list[str]()
    for place in page.locator(".js-plotly-plot .points path, .js-plotly-plot .ytick text").all()[
        :60
    ]:
        if not place.is_visible():
            continue
        place.hover(force=True, timeout=2000)
        said += page.locator(".hoverlayer .hovertext").all_text_contents()
    return said


@pytest.mark.slow
def test_the_page_of_each_client_is_headed_by_its_name_as_written(
    hostile: Dashboard, page: Page
) -> None:
    hostile.open(page, "client")
    for payload in PAYLOADS:
        # As Back does, within the page: in half the time of loading it.
        page.evaluate(GO, f"/client?client={quote(payload)}")
        page.wait_for_function(IS_HEADED, arg=[WORD_JOINER, as_written(payload)])
        innocent(page)


@pytest.mark.parametrize("name", ["", "portfolio", "client", "adoption", "trends", "team", "data"])
def test_no_page_takes_a_name_for_markup(hostile: Dashboard, page: Page, name: str) -> None:
    hostile.open(page, name)
    innocent(page)
    for folded in page.locator("summary").all():
        folded.click()
    innocent(page)
    hover(page)
    innocent(page)
    # One with a tooltip is there twice, the other time hidden, for touch screens.
    for popover in page.get_by_test_id("stPopoverButton").filter(visible=True).all():
        popover.click()
        innocent(page)
        page.keyboard.press("Escape")


def test_a_chart_says_a_name_as_written(hostile: Dashboard, page: Page) -> None:
    hostile.open(page, "portfolio")
    said = " ".join(hover(page))
    assert sum(as_written(payload)[:30] in as_written(said) for payload in PAYLOADS) >= 10
    hostile.open(page, "adoption")
    names = page.locator(".js-plotly-plot .textpoint text").all_text_contents()
    assert sum(payload[:12] in " ".join(names) for payload in PAYLOADS) > 25
    innocent(page)


def test_filters_and_tables_show_names_as_written(hostile: Dashboard, page: Page) -> None:
    for payload in PAYLOADS[1], PAYLOADS[10], PAYLOADS[27]:
        hostile.open(page, f"portfolio?csm={quote(payload)}&industry={quote(payload)}")
        innocent(page)
        hostile.open(page, f"portfolio?search={quote(payload)}nothing")
        innocent(page)
        hostile.open(page, f"client?client={quote(payload)}nobody")
        said = page.get_by_text("No client with the id")
        expect(said).to_be_visible()
        assert as_written(payload) in as_written(said.text_content() or "")
        innocent(page)


def test_a_call_is_logged_under_its_name_as_written(hostile: Dashboard, page: Page) -> None:
    hostile.open(page)
    page.get_by_role("button", name="Snooze").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What was said?").fill(PAYLOADS[10])
    dialog.get_by_label("Your name").fill(PAYLOADS[10])
    innocent(page)
    page.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    innocent(page)


def test_a_file_is_read_under_a_name_that_is_only_a_label(
    hostile: Dashboard, page: Page, tmp_path: Path
) -> None:
    name = f"<img src=x onerror={RUN}> ![x](https:outside.example) :red[x].csv"
    file = tmp_path / name
    rows = [
        f'"{payload.replace(chr(34), chr(34) * 2)}",LOGINS,2026-11-20,x' for payload in PAYLOADS
    ]
    file.write_text("\n".join(["organization_id,metric_type,date,value", *rows]), encoding="utf-8")
    hostile.open(page, "data")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(str(file))
    expect(page.get_by_role("button", name="Discard")).to_be_visible()
    innocent(page)
    expect(page.get_by_test_id("stMarkdownContainer").filter(has_text=name).first).to_be_visible()
    unreadable = tmp_path / f"![y](https:outside.example) <b>{RUN}.csv"
    unreadable.write_bytes(b"\x00\x01")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        str(unreadable)
    )
    expect(page.get_by_text("cannot be read").first).to_be_visible()
    innocent(page)
