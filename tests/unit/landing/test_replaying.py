"""A source read again: as if the connector had always been as it is now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oncall_audit import landing
from oncall_audit.connectors.base import File, Page, Window
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.errors import ConfigurationError
from oncall_audit.landing import Replayed, swapping

from .conftest import NOW, Zone, sshd_line

VIEW = "sshd__messages"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make the connector reject every line that tells of a user named `grace`."""
    (table,) = Sshd.tables
    bad = dataclasses.replace(table, rejected="case when contains(line, 'grace') then 'odd' end")
    monkeypatch.setattr(Sshd, "tables", (bad,))
    return monkeypatch


def _replay(zone: Zone) -> Replayed:
    return landing.replay(
        Sshd(zone.inbox),
        source_name="bastion",
        system="linux",
        folder=zone.folder,
        progress=zone.told.append,
    )


def _totals(zone: Zone) -> list[tuple[Any, ...]]:
    """Return everything about batches but their numbers."""
    with zone.manifest() as manifest:
        return [row[1:] for row in manifest.batches()]


def _lines(zone: Zone) -> list[tuple[Any, ...]]:
    return zone.rows(VIEW, "* exclude (batch_id)")


def grace(second: int) -> str:
    return sshd_line(second, "Accepted publickey for grace from 192.0.2.7 port 22")


def _three_nights(zone: Zone) -> None:
    """Deliver a log that grows, and beside it one file a night of which the second is a copy."""
    begin = zone.now
    log = ""
    for night in range(3):
        zone.now = begin + timedelta(days=night)
        log += sshd_line(night) + grace(100 + night)
        zone.put("auth.log", log, zone.now)
        zone.put(f"other-{night}.log", grace(200 + night // 2), zone.now)
        zone.land(Sshd(zone.inbox))


def test_nothing_changes_where_the_connector_has_not(zone: Zone) -> None:
    _three_nights(zone)
    before = _lines(zone), _totals(zone)

    outcome = _replay(zone)

    assert (_lines(zone), _totals(zone)) == before
    assert outcome.kept == []
    assert outcome.before.counts() == outcome.after.counts() | {"opened_days": []}


def test_it_is_as_if_the_connector_had_always_been_right(
    zone: Zone, tmp_path: Path, broken: pytest.MonkeyPatch
) -> None:
    _three_nights(zone)
    assert len(zone.quarantined()) == 8
    broken.undo()
    right = Zone(tmp_path / "right", zone.inbox)
    for path in zone.inbox.iterdir():
        path.unlink()
    _three_nights(right)

    outcome = _replay(zone)

    assert (_lines(zone), _totals(zone)) == (_lines(right), _totals(right))
    assert zone.quarantined() == []
    assert (outcome.before.quarantined, outcome.after.quarantined) == (8, 0)
    assert outcome.after.landed == len(_lines(zone)) == 8
    with zone.manifest() as manifest:
        assert {source for source, _ in manifest.opened_days()} == {"bastion"}
        assert landing.replays(manifest) == 1


def test_the_next_night_goes_on_from_there(zone: Zone) -> None:
    _three_nights(zone)
    _replay(zone)
    path = zone.inbox / "auth.log"
    zone.put("auth.log", path.read_text() + sshd_line(50), zone.now)

    landed = zone.land(Sshd(zone.inbox))

    assert (landed.files, landed.landed, landed.duplicates, landed.unchanged) == (1, 1, 6, 3)


def test_what_lies_there_no_longer_stays_as_it_had_landed(
    zone: Zone, broken: pytest.MonkeyPatch
) -> None:
    _three_nights(zone)
    before = _lines(zone), _totals(zone)
    broken.undo()
    gone = zone.inbox / "auth.log"
    gone.unlink()

    outcome = _replay(zone)

    assert outcome.kept == [str(gone)] * 3
    of_it = [row for row in _totals(zone) if row[2] == str(gone)]
    assert of_it == [row for row in before[1] if row[2] == str(gone)]
    assert sorted(line for line, _ in zone.quarantined()) == [2, 2, 2, 4, 4, 6]
    others = [row for row in _totals(zone) if row[2] != str(gone)]
    assert [row[-2] for row in others] == [0, 0, 0]
    assert len(_lines(zone)) == len(before[0]) + 2


def test_killed_in_the_middle_it_has_done_nothing(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    _three_nights(zone)
    before = _lines(zone), _totals(zone), zone.files()
    moved: list[str] = []

    def move(source: Path, target: Path) -> None:
        if moved:
            raise KeyboardInterrupt
        moved.append(str(source.replace(target)))

    with monkeypatch.context() as patch:
        patch.setattr(swapping.shutil, "move", move)
        with pytest.raises(KeyboardInterrupt):
            _replay(zone)
    assert moved
    assert (_lines(zone), _totals(zone)) == before[:2]

    zone.land(Sshd(zone.inbox))
    files = [path for path in zone.files() if ".replay" not in path.parts]
    assert files == before[2]
    _replay(zone)
    assert (_lines(zone), _totals(zone)) == before[:2]
    assert len(zone.files()) == len(before[2])


def test_kept_answers_are_read_again_without_asking(zone: Zone) -> None:
    class Asked(Sshd):
        __module__ = Sshd.__module__
        asked = 0

        def read(self, window: Window) -> Iterator[File | Page]:
            Asked.asked += 1
            yield Page("messages", "page", sshd_line(Asked.asked).encode(), NOW)

    for night in range(2):
        zone.now = NOW + timedelta(days=night)
        zone.land(Asked(zone.inbox))
    before = _lines(zone), _totals(zone)

    outcome = landing.replay(
        Asked(zone.inbox), source_name="bastion", system="linux", folder=zone.folder
    )

    assert (_lines(zone), _totals(zone)) == before
    assert len(before[0]) == Asked.asked == 2
    assert outcome.kept == []


def test_a_source_that_has_landed_nothing_is_told(zone: Zone) -> None:
    with pytest.raises(ConfigurationError, match="Nothing of the source 'bastion' has landed"):
        _replay(zone)


def test_a_connector_of_today_is_the_one_that_reads(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1))
    zone.land(Sshd(zone.inbox))
    (table,) = Sshd.tables
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Sshd, "tables", (dataclasses.replace(table, columns={**table.columns, "host": "'h'"}),)
        )
        _replay(zone)

    assert zone.rows(VIEW, "host") == [("h",)]
