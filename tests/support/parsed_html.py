"""An HTML file as a browser takes it apart."""

from __future__ import annotations

from html.parser import HTMLParser


class Parsed(HTMLParser):
    """What a browser makes of a file: its tags, their attributes, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags = set[str]()
        self.attributes = set[str]()
        self.words = list[str]()
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\u00a0", " ").split())
