"""Puts what was landed aside in the place of what a source had landed, in one step."""

from __future__ import annotations

import shutil
from pathlib import Path

from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import sync

_REPLACED = ("batches", "parts", "quarantined", "seen")


def swap(manifest: Manifest, source_name: str, folder: Path, aside: Path) -> None:
    """Replace all that a source has in `folder`; killed, it leaves the old or the new whole."""
    _remove_strays(manifest, source_name, folder)
    manifest.rows("attach ? as made", (str(aside / "manifest.sqlite"),))
    try:
        with manifest.transaction() as connection:
            # Until the step below is done, what is moved counts as a killed run's.
            connection.execute(
                "insert into started select number, ?, 0 from made.started", (source_name,)
            )
        _move(manifest, folder, aside)
        with manifest.transaction() as connection:
            days = "select source_name, day from main.parts where source_name = ?"
            days += " union select source_name, day from made.parts"
            connection.execute(
                "insert or replace into main.opened_days select source_name, day,"
                f" (select max(number) from main.started) from ({days})",
                (source_name,),
            )
            for table in _REPLACED:
                connection.execute(
                    f"delete from main.{table} where source_name = ?", (source_name,)
                )
                connection.execute(f"insert into main.{table} select * from made.{table}")
            connection.execute(
                "update main.started set is_finished = 1 where number in"
                " (select number from made.started)"
            )
            connection.execute("insert into main.replays (source_name) values (?)", (source_name,))
    finally:
        manifest.rows("detach made")
    _remove_strays(manifest, source_name, folder)


def replays(manifest: Manifest) -> int:
    """Return how often sources were read again."""
    ((number,),) = manifest.rows("select count(*) from replays")
    return int(number)


def _move(manifest: Manifest, folder: Path, aside: Path) -> None:
    for (path,) in manifest.rows("select path from made.parts order by path"):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        sync(aside / path)
        shutil.move(aside / path, target)
        sync(target.parent)


def _remove_strays(manifest: Manifest, source_name: str, folder: Path) -> None:
    """Remove files that no row of the manifest names: the old ones, and those of a killed call."""
    named = {path for (path,) in manifest.rows("select path from parts")}
    for path in (folder / source_name).glob("*/day=*/*.parquet"):
        if str(path.relative_to(folder)) not in named:
            path.unlink()
