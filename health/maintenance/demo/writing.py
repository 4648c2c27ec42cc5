"""Demo data as CSV files in the contract's formats."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import polars as pl

from health.errors import ArgumentError

if TYPE_CHECKING:
    from health.maintenance.demo.generating import DemoData

ORGANIZATIONS_FILE: Final = "organizations.csv"
USAGE_FILE: Final = "usage_metrics.csv"
FEATURES_FILE: Final = "feature_adoption.csv"
OUTCOMES_FILE: Final = "outcomes.csv"


def write_csv(data: DemoData, directory: Path) -> tuple[Path, ...]:
    """Write the demo as ``organizations.csv``, ``usage_metrics.csv`` and so on.

    Files of these names are replaced. All are written under other names first and put in
    their place together: after an error the directory is as it was.

    Returns:
        The paths: organizations, usage, features, and outcomes if there are any.

    Raises:
        ArgumentError: when the directory cannot be made or written to.
    """
    frames = {
        ORGANIZATIONS_FILE: data.organizations,
        USAGE_FILE: data.usage,
        FEATURES_FILE: data.features,
    }
    if data.outcomes.height:  # a small demo may have none, and a file without rows is refused
        frames[OUTCOMES_FILE] = data.outcomes
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".demo-", dir=directory) as workshop:
            for name, frame in frames.items():
                frame.write_csv(Path(workshop, name), line_terminator="\n")
            _put_in_place(Path(workshop), directory, tuple(frames))
        if OUTCOMES_FILE not in frames:
            Path(directory, OUTCOMES_FILE).unlink(missing_ok=True)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ArgumentError(
            "directory",
            f"the demo files could not be written to {directory} ({error}). "
            "Nothing was changed there; choose another directory.",
        ) from error
    return tuple(directory / name for name in frames)


def _put_in_place(workshop: Path, directory: Path, names: tuple[str, ...]) -> None:
    """Move the finished files to the directory; put the earlier ones back if one will not go."""
    with ExitStack() as undo:
        for name in names:
            target = directory / name
            if target.exists():
                earlier = shutil.copy2(target, workshop / f"{name}.earlier")
                undo.callback(Path(earlier).replace, target)
            else:
                undo.callback(target.unlink, missing_ok=True)
            (workshop / name).replace(target)
        undo.pop_all()
