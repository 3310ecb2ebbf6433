"""Landed records whose time is over go for good; what they were, and that they were, is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from oncall_audit import landing
from oncall_audit.connectors.base import File, Page, Window
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.landing import Retired

from .conftest import Zone, sshd_line

NOW = datetime(2025, 6, 1, tzinfo=UTC)
# Days of the three lines: 30 April, 1 May and 2 May 2024.
OLD, KEPT, YOUNG = date(2024, 4, 30), date(2024, 5, 1), date(2024, 5, 2)


def _landed(zone: Zone) -> None:
    lines = [sshd_line(n).replace("05-02", day) for n, day in ((1, "04-30"), (2, "05-01"))]
    zone.put("auth.log", "".join(lines) + sshd_line(3))
    zone.land(Sshd(zone.inbox))


def test_old_days_go_but_for_those_that_are_needed(zone: Zone) -> None:
    _landed(zone)
    with zone.manifest() as manifest:
        totals = manifest.batches()

        found = landing.retirable(manifest, YOUNG, {KEPT})
        landing.retire(manifest, YOUNG, {KEPT}, NOW)

        assert found == [Retired("bastion", OLD, OLD, 1, 1)]
        assert landing.retired_days(manifest) == [("bastion", OLD)]
        assert manifest.batches() == totals
    assert {day for (day,) in zone.rows("sshd__messages", "occurred_at::date")} == {KEPT, YOUNG}
    assert len(zone.files()) == 2


def test_what_has_gone_is_neither_landed_nor_opened_again(zone: Zone) -> None:
    _landed(zone)
    with zone.manifest() as manifest:
        landing.retire(manifest, YOUNG, (), NOW)

    zone.land(Sshd(zone.inbox))

    with zone.manifest() as manifest:
        assert landing.retirable(manifest, YOUNG, ()) == []
        assert [day for _, day in manifest.opened_days()] == [YOUNG]
    assert {day for (day,) in zone.rows("sshd__messages", "occurred_at::date")} == {YOUNG}


def test_a_file_that_grows_brings_them_back_until_the_next_time(zone: Zone) -> None:
    _landed(zone)
    with zone.manifest() as manifest:
        landing.retire(manifest, YOUNG, (), NOW)
    path = zone.inbox / "auth.log"
    path.write_text(path.read_text() + sshd_line(4))
    zone.land(Sshd(zone.inbox))

    with zone.manifest() as manifest:
        landing.retire(manifest, YOUNG, (), NOW)
        assert landing.retired_days(manifest) == [("bastion", OLD), ("bastion", KEPT)]

    assert len(zone.rows("sshd__messages")) == 2


def test_the_raw_answers_of_a_log_go_with_what_they_told(zone: Zone) -> None:
    class Asked(Sshd):
        __module__ = Sshd.__module__

        def read(self, window: Window) -> Iterator[File | Page]:
            yield Page("messages", "page", sshd_line(window.until.hour).encode(), window.until)

    def kept() -> list[str]:
        return sorted(path.parent.name for path in zone.folder.rglob("*.gz"))

    for zone.now in (datetime(2024, 5, 1, 12, tzinfo=UTC), datetime(2024, 5, 2, 12, tzinfo=UTC)):
        zone.land(Asked(zone.inbox))
    before = kept()
    with zone.manifest() as manifest:
        landing.retire(manifest, YOUNG, (), NOW)

    assert before == ["20240501T120000Z", "20240502T120000Z"]
    assert kept() == ["20240502T120000Z"]


def test_a_killed_call_is_finished_by_the_next(zone: Zone) -> None:
    _landed(zone)
    before = set(zone.files())
    with zone.manifest() as manifest:
        landing.retire(manifest, YOUNG, (), NOW)
        (gone, *_) = sorted(before - set(zone.files()))
        gone.parent.mkdir(exist_ok=True)
        gone.write_bytes(b"left over")
        with manifest.transaction() as connection:
            connection.execute("update retired set is_gone = 0")

        landing.retire(manifest, YOUNG, (), NOW)

    assert not gone.exists()


def test_records_that_could_not_be_read_lose_their_text(zone: Zone) -> None:
    zone.put("auth.log", b"\xff\xfe no line\n")
    zone.land(Sshd(zone.inbox))
    with zone.manifest() as manifest:
        before = manifest.quarantined()

        landing.retire(manifest, date(2100, 1, 1), (), NOW)

        after = manifest.quarantined()
    assert [bool(it.raw) for it in before] == [True]
    assert [it.raw for it in after] == [""]
    assert [(it.path, it.line, it.reason) for it in after] == [
        (it.path, it.line, it.reason) for it in before
    ]
