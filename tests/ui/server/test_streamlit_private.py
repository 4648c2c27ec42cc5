"""What leans on private parts of Streamlit stands in one module, made for one version."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import streamlit
from streamlit import error_util
from streamlit.runtime.pages_manager import PagesManager

from health.ui.server import streamlit_private

ROOT = Path(__file__).parents[3]
ALONE = "health/ui/server/streamlit_private.py"
PUBLIC = ("streamlit", "streamlit.errors")


def private_imports(source: str) -> set[str]:
    """What of Streamlit a module imports when it runs, beside what is public."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "streamlit" or node.module not in PUBLIC:
                found |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names if one.name not in PUBLIC}
    return {name for name in found if name.startswith("streamlit.")}


def test_the_private_parts_are_those_of_the_version_installed() -> None:
    installed = ".".join(streamlit.__version__.split(".")[:2])
    assert installed == streamlit_private.MADE_FOR, (
        f"Streamlit is {installed} now. Read every part of {ALONE} again: is it still needed, and "
        "does it still do what it says? Then set MADE_FOR."
    )


def test_nothing_else_imports_what_is_private() -> None:
    files = [ROOT / "app.py", *ROOT.glob("pages/**/*.py"), *ROOT.glob("health/**/*.py")]
    leaning = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        if str(file.relative_to(ROOT)) != ALONE
        for name in private_imports(file.read_text())
    }
    assert leaning == set()


@pytest.mark.parametrize(
    "source",
    [
        "from streamlit import config",
        "from streamlit.runtime.pages_manager import PagesManager",
        "import streamlit.web.bootstrap",
    ],
)
def test_an_import_of_a_private_part_is_seen(source: str) -> None:
    assert private_imports(source)
    assert not private_imports("import streamlit as st")


def test_the_folder_of_the_pages_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    streamlit_private.use_navigation_only()
    PagesManager(str(ROOT / "app.py"))
    assert PagesManager.uses_pages_directory is False


def test_no_file_waits_where_no_server_runs() -> None:
    assert streamlit_private.uploaded_sizes() == {}


def test_streamlit_does_not_print_what_a_script_raised(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(error_util, "_log_uncaught_app_exception", None)
    streamlit_private.leave_script_errors_to_us()
    error_util.handle_user_script_exception(ValueError("a row"), lambda _: True)
    assert (caplog.text, capsys.readouterr()) == ("", ("", ""))
