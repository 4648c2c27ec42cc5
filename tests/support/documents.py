"""README and docs/ as text, and the code in them."""

from __future__ import annotations

import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[2]
README: Final = "README.md"

DOCUMENTS: Final = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / README, *sorted((ROOT / "docs").glob("*.md")))
}
"""Each document by its name."""


def blocks(document: str, language: str) -> list[str]:
    """The code of a language in a document; without a name, that of none."""
    found = re.findall(
        r"^```(\w*)\n(.*?)^```$", DOCUMENTS[document], flags=re.MULTILINE | re.DOTALL
    )
    return [code for name, code in found if name == language]


def prose(document: str) -> str:
    """A document without its code."""
    return re.sub(r"^```.*?^```$", "", DOCUMENTS[document], flags=re.MULTILINE | re.DOTALL)


def script(name: str) -> ModuleType:
    """A script of scripts/ as a module."""
    loader = SourceFileLoader(f"scripts_{name}", str(ROOT / "scripts" / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
