"""Killed at any step, a second run leaves what one clean run leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.sshd import Sshd
from oncall_audit.landing import place
from oncall_audit.landing.manifest import Manifest

from .conftest import Zone, sshd_line


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the program may catch it and go on."""


def _fill(zone: Zone) -> None:
    for day in (1, 2):
        text = "".join(sshd_line(n) for n in range(20)).replace("05-02", f"05-0{day}")
        zone.put(f"{day}.log", text)
    zone.put("2.copy.log", (zone.inbox / "2.log").read_bytes())
    zone.put("noise.log", "no time at all\n" + sshd_line(9))


def _everything(zone: Zone) -> list[Any]:
    with zone.manifest() as manifest:
        totals = sorted(row[3:11] for row in manifest.batches())
        days = manifest.opened_days()
        quarantined = [(found.path, found.line) for found in manifest.quarantined()]
        landed = {str(part.path) for part in manifest.parts("sshd", "messages")}
    on_disk = {str(path.relative_to(zone.folder)) for path in zone.files()}
    assert on_disk == landed
    return [zone.rows("sshd__messages", "* exclude (batch_id)"), totals, days, quarantined]


def _steps(monkeypatch: pytest.MonkeyPatch, kill_at: int) -> Callable[[], int]:
    """Count the steps that touch the disk, and die before the one asked for."""
    count = 0

    def killing(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == kill_at:
                raise Killed
            return function(*args, **kwargs)

        return step

    monkeypatch.setattr(place, "sync", killing(place.sync))
    monkeypatch.setattr(Path, "replace", killing(Path.replace))
    monkeypatch.setattr(Manifest, "start", killing(Manifest.start))
    monkeypatch.setattr(Manifest, "commit", killing(Manifest.commit))
    monkeypatch.setattr(Manifest, "record", killing(Manifest.record))
    return lambda: count


@pytest.fixture
def expected(tmp_path: Path) -> tuple[Zone, list[Any]]:
    clean = Zone(tmp_path / "clean", tmp_path / "files")
    _fill(clean)
    clean.land(Sshd(clean.inbox))
    return clean, _everything(clean)


def test_a_run_killed_at_any_step_is_healed_by_the_next(
    expected: tuple[Zone, list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean, rows = expected
    for kill_at in range(1, 100):
        zone = Zone(tmp_path / str(kill_at), clean.inbox)
        with monkeypatch.context() as patch:
            count = _steps(patch, kill_at)
            with suppress(Killed):
                zone.land(Sshd(zone.inbox))
            steps = count()
        zone.land(Sshd(zone.inbox))

        assert _everything(zone) == rows, f"killed before step {kill_at}"
        if steps < kill_at:
            break
    assert kill_at > 12


def test_rows_are_invisible_until_their_totals_are(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.put("auth.log", sshd_line(1))

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "commit", killed)
        with pytest.raises(Killed):
            zone.land(Sshd(zone.inbox))

    assert zone.files()
    assert zone.rows("sshd__messages") == []


def test_a_full_disk_says_so(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    zone.put("auth.log", sshd_line(1))

    def full(*_: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(place, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        zone.land(Sshd(zone.inbox))
    monkeypatch.undo()

    assert zone.land(Sshd(zone.inbox)).landed == 1


@pytest.mark.slow
def test_a_process_killed_at_any_moment_is_healed_by_the_next(
    expected: tuple[Zone, list[Any]], tmp_path: Path
) -> None:
    clean, rows = expected
    zone = Zone(tmp_path / "killed", clean.inbox)
    program = (
        "import sys; from datetime import datetime, timedelta, UTC; from pathlib import Path\n"
        "from oncall_audit.connectors.base import Window\n"
        "from oncall_audit.connectors.sshd import Sshd\n"
        "from oncall_audit.landing import land\n"
        "now = datetime.fromisoformat(sys.argv[3]); folder = Path(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "land(Sshd(sys.argv[2]), source_name='bastion', system='linux', folder=folder, now=now,"
        " window=Window(now - timedelta(days=2), now))\n"
    )
    arguments = [str(zone.folder), str(zone.inbox), zone.now.isoformat()]
    for milliseconds in range(5, 205, 20):
        with subprocess.Popen(
            [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(milliseconds / 1000)
            process.kill()

    zone.land(Sshd(zone.inbox))

    assert _everything(zone) == rows
