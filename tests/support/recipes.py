"""The recipes of docs/extending.md: their code, applied to a copy of the package and run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import health

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "extending.md"

_SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)
_CODE = re.compile(r"`([\w/]+\.\w+)`:\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def names() -> list[str]:
    """The recipes, in the order of the document."""
    return [name for name, text in _sections() if _CODE.search(text)]


def _sections() -> list[tuple[str, str]]:
    return _SECTION.findall(DOCUMENT.read_text(encoding="utf-8"))


def copy(folder: Path) -> Path:
    """Copy the package, the pages and their settings into a folder."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(health.__file__).parent, folder / "health", ignore=ignored)
    shutil.copytree(ROOT / "pages", folder / "pages", ignore=ignored)
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    shutil.copy(ROOT / "app.py", folder)
    return folder


def follow(recipe: str, folder: Path) -> list[Path]:
    """Do to a copy what a recipe says, and return the files it wrote."""
    written = []
    for name, language, code in _CODE.findall(dict(_sections())[recipe]):
        path = folder / name
        if language == "diff":
            path.write_text(_changed(path.read_text(encoding="utf-8"), code), encoding="utf-8")
        else:
            assert not path.exists(), f"{name} is there already"
            path.write_text(code, encoding="utf-8")
        written.append(path)
    assert written, f"{DOCUMENT.name} has no code for {recipe}"
    return written


def _changed(text: str, change: str) -> str:
    """Return a text with the added lines of a change; ``...`` stands for lines left out."""
    at = 0
    for part in re.split(r"^\.\.\.\n", change, flags=re.MULTILINE):
        lines = part.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if not line.startswith("+"))
        after = "".join(line[1:] for line in lines)
        at = text.find(before, at)
        assert at >= 0, f"the recipe changes what is no longer there:\n{before}"
        text = text[:at] + after + text[at + len(before) :]
        at += len(after)
    return text


def run(script: str, folder: Path, *arguments: Path | str) -> str:
    """Run a script with the package in ``folder``, and return what it prints."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(folder)!r})\n{script}",
            *map(str, arguments),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
