"""How a test uses a page as people do: with a mouse, or by keys alone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class Mouse:
    """Does what a person does with a mouse, and types into what it clicked."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, part: Locator) -> None:
        """Put the focus into a part of the page."""
        part.click()

    def press(self, button: Locator) -> None:
        """Press a button, or follow a link."""
        button.click()

    def write(self, field: Locator, text: str) -> None:
        """Write into a field."""
        self.reach(field)
        self.page.keyboard.type(text)

    def choose_first(self, box: Locator) -> None:
        """Choose what a list begins with."""
        self.reach(box)
        self.page.get_by_role("option").first.click()

    def find(self, name: str) -> None:
        """Open a client by a part of its name."""
        self.press(self.page.get_by_role("button", name="Find a client"))
        self.write(self.page.get_by_role("dialog").get_by_role("combobox"), name)
        self.page.get_by_role("option").first.click()


class Keys(Mouse):
    """The same by keys alone: Tab goes on until the focus is where it should be."""

    def reach(self, part: Locator) -> None:
        """Press Tab until the focus is there."""
        expect(part).to_be_visible()
        for _ in range(120):
            if part.evaluate("part => part.contains(document.activeElement)"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {part}")

    def press(self, button: Locator) -> None:
        """Press Enter on it."""
        self.reach(button)
        self.page.keyboard.press("Enter")

    def choose_first(self, box: Locator) -> None:
        """Open the list by an arrow, and take what it begins with."""
        self.reach(box)
        self.page.keyboard.press("ArrowDown")
        expect(self.page.get_by_role("option").first).to_be_visible()
        self.page.keyboard.press("Enter")

    def find(self, name: str) -> None:
        """Call the search by its keys."""
        self.page.keyboard.press("Control+k")
        self.write(self.page.get_by_role("dialog").get_by_role("combobox"), name)
        expect(self.page.get_by_role("option").first).to_be_visible()
        self.page.keyboard.press("Enter")
