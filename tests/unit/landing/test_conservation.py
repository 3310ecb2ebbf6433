"""Every record is counted exactly once, however files are copied, rotated, grown or torn."""

from __future__ import annotations

import gzip
import random

import pytest

from oncall_audit.connectors.sshd import Sshd
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.landing.sql import literal

from .conftest import Zone, sshd_line

LINES = [sshd_line(n) for n in range(20)] + [sshd_line(7)] * 3


def _counts(zone: Zone) -> tuple[int, int, int, int, int]:
    landed = zone.land(Sshd(zone.inbox))
    assert landed.records == landed.landed + landed.duplicates + landed.ignored + landed.quarantined
    return landed.files, landed.landed, landed.duplicates, landed.ignored, landed.quarantined


def test_repeated_lines_of_one_file_all_land(zone: Zone) -> None:
    zone.put("auth.log", "".join(LINES))

    assert _counts(zone) == (1, 23, 0, 0, 0)
    assert len({key for (key,) in zone.rows("sshd__messages", "event_key")}) == 23


def test_an_unchanged_file_is_not_counted_again(zone: Zone) -> None:
    zone.put("auth.log", "".join(LINES))
    _counts(zone)

    landed = zone.land(Sshd(zone.inbox))

    assert (landed.files, landed.unchanged, landed.records) == (0, 1, 0)


def test_a_copy_is_all_duplicates(zone: Zone) -> None:
    zone.put("auth.log", "".join(LINES))
    _counts(zone)
    zone.put("copy/auth.log", "".join(LINES))

    assert _counts(zone) == (1, 0, 23, 0, 0)


def test_a_copy_in_the_same_reading_is_all_duplicates(zone: Zone) -> None:
    zone.put("a.log", "".join(LINES))
    zone.put("b.log", "".join(LINES))

    assert _counts(zone) == (2, 23, 23, 0, 0)


def test_a_compressed_copy_is_all_duplicates(zone: Zone) -> None:
    zone.put("auth.log", "".join(LINES))
    _counts(zone)
    zone.put("auth.log.1.gz", gzip.compress("".join(LINES).encode()))

    assert _counts(zone) == (1, 0, 23, 0, 0)


def test_of_a_file_that_grew_only_the_new_lines_land(zone: Zone) -> None:
    zone.put("auth.log", "".join(LINES))
    _counts(zone)
    zone.put("auth.log", "".join([*LINES, sshd_line(7), sshd_line(100)]))

    assert _counts(zone) == (1, 2, 23, 0, 0)


def test_a_rotated_file_lands_nothing_twice(zone: Zone) -> None:
    zone.put("auth.log", "".join(LINES))
    _counts(zone)
    zone.put("auth.log.1", "".join(LINES))
    zone.put("auth.log", sshd_line(200))

    assert _counts(zone) == (2, 1, 23, 0, 0)


def test_shuffled_and_split_files_give_the_same_rows(zone: Zone, tmp_path: object) -> None:
    lines = [sshd_line(n) for n in range(200)]
    zone.put("auth.log", "".join(lines))
    _counts(zone)
    expected = zone.rows("sshd__messages", "event_key, occurred_at, message")
    random.Random(1).shuffle(lines)
    other = Zone(zone.folder / "other", zone.inbox / "other")
    for number in range(5):
        other.put(f"{number}.log", "".join(lines[number * 40 : number * 40 + 40]))

    other.land(Sshd(other.inbox))

    assert other.rows("sshd__messages", "event_key, occurred_at, message") == expected


def test_overlapping_files_land_each_line_once(zone: Zone) -> None:
    zone.put("a.log", "".join(sshd_line(n) for n in range(100)))
    zone.put("b.log", "".join(sshd_line(n) for n in range(50, 150)))

    assert _counts(zone) == (2, 150, 50, 0, 0)
    assert len(zone.rows("sshd__messages")) == 150


def test_noise_is_counted_as_ignored_and_blank_lines_not_at_all(zone: Zone) -> None:
    noise = "2024-05-02T10:00:00+00:00 db-pay-1 CRON[7]: (root) CMD (true)\n\n   \n"
    zone.put("auth.log", noise + sshd_line(1))

    assert _counts(zone) == (1, 1, 0, 1, 0)
    assert [line for (line,) in zone.rows("sshd__messages", "raw_line")] == [4]


def test_rows_tell_their_file_and_line(zone: Zone) -> None:
    first = zone.put("a.log", sshd_line(1) + sshd_line(2))
    second = zone.put("b.log", sshd_line(3) + "  and more of it\n" + sshd_line(4))
    zone.land(Sshd(zone.inbox))

    assert zone.rows("sshd__messages", "raw_file, raw_line, occurred_at::varchar") == [
        (str(first), 1, "2024-05-02 10:00:01"),
        (str(first), 2, "2024-05-02 10:00:02"),
        (str(second), 1, "2024-05-02 10:00:03"),
        (str(second), 3, "2024-05-02 10:00:04"),
    ]


def test_days_are_opened_until_they_are_built(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1) + sshd_line(2).replace("05-02", "05-01"))
    landed = zone.land(Sshd(zone.inbox))

    with zone.manifest() as manifest:
        days = [str(day) for _, day in manifest.opened_days()]
        assert days == ["2024-05-01", "2024-05-02"]
        assert sorted(map(str, landed.opened_days)) == days
        position = manifest.position()
    zone.put("later.log", sshd_line(9))
    zone.land(Sshd(zone.inbox))

    with zone.manifest() as manifest:
        manifest.mark_built(position)
        assert [str(day) for _, day in manifest.opened_days()] == ["2024-05-02"]
        manifest.mark_built()
        assert manifest.opened_days() == []


def test_an_event_from_the_future_lands_and_moves_no_cursor(zone: Zone) -> None:
    future = sshd_line(1).replace("2024-05-02", "2999-01-01")
    old = sshd_line(1).replace("2024-05-02", "1970-01-01")
    zone.put("auth.log", future + old + sshd_line(5))

    assert _counts(zone) == (1, 3, 0, 0, 0)
    with zone.manifest() as manifest:
        assert str(manifest.cursor("bastion")) == "2024-05-02 10:00:05"


def test_a_missing_path_is_a_failure_on_record(zone: Zone) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        zone.land(Sshd(zone.inbox / "nowhere"))

    with zone.manifest() as manifest:
        assert [row[3] for row in manifest.extractions()] == ["failed"]


@pytest.mark.parametrize("pattern", ["", "*.log"])
def test_an_empty_folder_is_a_complete_reading_of_nothing(zone: Zone, pattern: str) -> None:
    landed = zone.land(Sshd(zone.inbox / pattern))

    assert (landed.state, landed.files) == ("complete", 0)
    with zone.manifest() as manifest:
        assert [row[3] for row in manifest.extractions()] == ["complete"]


def test_a_name_with_wildcards_and_quotes_is_only_a_name(zone: Zone) -> None:
    zone.put("a[1]*'; drop table x;--?.log", sshd_line(1))

    assert _counts(zone) == (1, 1, 0, 0, 0)


def test_a_source_named_like_a_path_is_refused(zone: Zone) -> None:
    with pytest.raises(ConfigurationError, match="cannot be named"):
        zone.land(Sshd(zone.inbox), name="../elsewhere")


def test_progress_is_told_for_every_batch(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1))
    zone.land(Sshd(zone.inbox))

    assert zone.told[-1] == "1 read, 1 records landed"


def test_text_is_quoted() -> None:
    assert literal("it's") == "'it''s'"
