"""What is written in files is kept by its SHA-256, whatever was written in them before."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from oncall_audit.connectors.aws_cloudtrail import EVENTS
from oncall_audit.connectors.base import File, Kind, Page, Table, Window
from oncall_audit.errors import SourceError
from oncall_audit.landing import Manifest

from .conftest import NOW, Zone, cloud_event, records

TEXT = records(cloud_event(1))


@dataclass(frozen=True)
class Trail:
    """Yields the files of a folder, for some of which something vouches."""

    folder: Path
    vouched_for: bool = True

    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (EVENTS,)

    def read(self, window: Window) -> Iterator[File | Page]:
        for path in sorted(self.folder.rglob("*.json*")):
            yield File("events", path, is_vouched_for=self.vouched_for)


def sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def kept(zone: Zone, source: str | None = None) -> list[tuple[str, str, bool]]:
    with zone.manifest() as manifest:
        found = manifest.contents(source)
    return [(Path(each.path).name, each.sha256, each.is_whole) for each in found]


def test_a_packed_file_counts_as_its_text(zone: Zone) -> None:
    zone.put("a.json.gz", gzip.compress(TEXT))
    zone.put("b.json", TEXT)

    zone.land(Trail(zone.inbox), "trail")

    assert kept(zone) == [("a.json.gz", sha256(TEXT), True), ("b.json", sha256(TEXT), True)]


def test_nothing_is_kept_of_files_for_which_nothing_vouches(zone: Zone) -> None:
    zone.put("a.json", TEXT)

    zone.land(Trail(zone.inbox, vouched_for=False), "trail")

    assert kept(zone) == []


def test_files_that_landed_before_anything_vouched_for_them_are_caught_up_with(zone: Zone) -> None:
    zone.put("a.json", TEXT)
    zone.land(Trail(zone.inbox, vouched_for=False), "trail")

    landed = zone.land(Trail(zone.inbox), "trail")

    assert (landed.unchanged, landed.records) == (1, 0)
    assert kept(zone) == [("a.json", sha256(TEXT), True)]


def test_a_file_that_is_changed_after_it_landed_keeps_both_texts(zone: Zone) -> None:
    other = records(cloud_event(2))
    zone.put("a.json", TEXT)
    zone.land(Trail(zone.inbox), "trail")
    zone.put("a.json", other, NOW + timedelta(hours=1))

    zone.land(Trail(zone.inbox), "trail")

    assert kept(zone) == [("a.json", sha256(TEXT), True), ("a.json", sha256(other), True)]


def test_a_file_delivered_again_as_it_was_stays_one(zone: Zone) -> None:
    zone.put("a.json", TEXT)
    zone.land(Trail(zone.inbox), "trail")
    zone.put("a.json", TEXT, NOW + timedelta(hours=1))

    zone.land(Trail(zone.inbox), "trail")

    assert kept(zone) == [("a.json", sha256(TEXT), True)]


def test_half_a_copy_is_told_from_a_whole_file(zone: Zone) -> None:
    packed = gzip.compress(TEXT)
    zone.put("a.json.gz", packed[:-20])
    zone.land(Trail(zone.inbox), "trail")
    zone.put("a.json.gz", packed, NOW + timedelta(hours=1))

    zone.land(Trail(zone.inbox), "trail")

    ((_, _, was_whole), now) = kept(zone)
    assert not was_whole
    assert now == ("a.json.gz", sha256(TEXT), True)


def test_sources_are_kept_apart(zone: Zone) -> None:
    zone.put("a.json", TEXT)

    zone.land(Trail(zone.inbox), "one")
    zone.land(Trail(zone.inbox), "two")

    assert kept(zone, "one") == [("a.json", sha256(TEXT), True)]
    assert len(kept(zone)) == 2


def test_a_killed_run_catches_up(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    zone.put("a.json", TEXT)

    def die(self: Manifest, contents: object) -> None:
        raise SourceError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "keep", die)
        assert zone.land(Trail(zone.inbox), "trail").state == "incomplete"
    landed = zone.land(Trail(zone.inbox), "trail")

    assert (landed.state, landed.unchanged) == ("complete", 1)
    assert kept(zone) == [("a.json", sha256(TEXT), True)]
