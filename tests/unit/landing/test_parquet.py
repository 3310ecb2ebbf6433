"""Parquet logs: the same rows as JSON gives, every row accounted for, and nothing that grows."""

from __future__ import annotations

import base64
import json

import pytest

from oncall_audit.connectors.generic import Generic
from oncall_audit.connectors.ocsf import Ocsf
from oncall_audit.landing import framing, parquet

from .conftest import Zone, write_parquet

TIME = 1714640400000
ROW = (
    "select 3002 as class_uid, 1 as activity_id, {time} + i as time, {more} from range({rows}) t(i)"
)
ADA = "{'user': {'name': 'ada', 'uid': 'u' || i}} as actor"


def rows_of(more: str = ADA, rows: int = 3) -> str:
    return ROW.format(time=TIME, more=more, rows=rows)


def land(zone: Zone) -> tuple[int, int]:
    landed = zone.land(Ocsf(zone.inbox))
    assert landed.records == landed.landed + landed.duplicates + landed.ignored + landed.quarantined
    return landed.landed, landed.quarantined


def test_a_row_is_a_record_and_its_number_the_evidence(zone: Zone, only_quickly: None) -> None:
    write_parquet(zone.inbox / "a.parquet", rows_of())
    write_parquet(zone.inbox / "b.gz.parquet", rows_of(rows=2).replace("'u' ||", "'v' ||"))

    assert land(zone) == (5, 0)
    assert zone.rows("ocsf__events", "actor_uid, raw_line, split_part(raw_file, '/', -1)") == [
        *((f"u{n}", n + 1, "a.parquet") for n in range(3)),
        *((f"v{n}", n + 1, "b.gz.parquet") for n in range(2)),
    ]


def test_files_with_other_columns_are_read_beside_each_other(
    zone: Zone, only_quickly: None
) -> None:
    write_parquet(zone.inbox / "a.parquet", rows_of())
    write_parquet(
        zone.inbox / "b.parquet", rows_of("{'user': {'uid': 'w' || i, 'extra': 1}} as actor")
    )
    write_parquet(
        zone.inbox / "c.parquet", rows_of("null as actor, {'name': 'ben' || i} as \"user\"")
    )

    assert land(zone) == (9, 0)
    names = {name for (name,) in zone.rows("ocsf__events", "coalesce(actor_name, user_name)")}
    assert names == {"ada", "w0", "w1", "w2", "ben0", "ben1", "ben2"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{TIME}::bigint", "2024-05-02 09:00:00"),
        (f"make_timestamp({TIME}000)", "2024-05-02 09:00:00"),
        (f"make_timestamp({TIME}123)", "2024-05-02 09:00:00.000123"),
        ("timestamptz '2024-05-02 11:00:00+02'", "2024-05-02 09:00:00"),
        ("'2024-05-02T11:00:00+02:00'", "2024-05-02 09:00:00"),
        (f"{TIME // 1000}::integer", "2024-05-02 09:00:00"),
        (f"{TIME}000000::bigint", "2024-05-02 09:00:00"),
    ],
)
def test_times_of_any_type_are_in_utc(zone: Zone, value: str, expected: str) -> None:
    write_parquet(zone.inbox / "a.parquet", f"select 3002 as class_uid, {value} as time")

    assert land(zone) == (1, 0)
    assert zone.rows("ocsf__events", "occurred_at::varchar") == [(expected,)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'a'::blob", "a"),
        ("'\\xFF'::blob", "\\xFF"),
        ("7::utinyint", "7"),
        ("true", "true"),
        ("map {'k': 'v'}", '{"k":"v"}'),
        ("['a', 'b']", '["a","b"]'),
        ("{'a': null}", '{"a":null}'),
        ("null::integer", None),
    ],
)
def test_what_is_no_text_becomes_what_it_is_in_json(
    zone: Zone, value: str, expected: str | None
) -> None:
    write_parquet(zone.inbox / "a.parquet", rows_of(f"{value} as message", rows=1))

    assert land(zone) == (1, 0)
    assert zone.rows("ocsf__events", "message") == [(expected,)]


@pytest.mark.parametrize("way", ["quick", "careful"])
def test_a_bad_row_is_kept_with_its_reason_and_stops_nothing(
    zone: Zone, request: pytest.FixtureRequest, way: str
) -> None:
    request.getfixturevalue("only_quickly" if way == "quick" else "only_carefully")
    more = f"{ADA}, if(i = 1, null, 'x') as message"
    text = rows_of(more).replace("3002 as", "if(i = 1, null, 3002) as")
    write_parquet(zone.inbox / "a.parquet", text)

    assert land(zone) == (2, 1)
    with zone.manifest() as manifest:
        (found,) = manifest.quarantined()
    assert (found.line, found.reason) == (2, "no class_uid in it: this is not OCSF")
    assert json.loads(base64.b64decode(found.raw))["actor"]["user"]["uid"] == "u1"


def test_a_column_of_another_form_is_told_of_row_by_row(zone: Zone) -> None:
    write_parquet(zone.inbox / "a.parquet", rows_of("if(i = 1, null, 'ada') as actor"))

    assert land(zone) == (1, 2)
    assert zone.quarantined() == [(1, "actor is not an object"), (3, "actor is not an object")]


@pytest.mark.parametrize("cut", [1, 8, 300])
def test_a_cut_file_is_quarantined_and_the_others_land(zone: Zone, cut: int) -> None:
    body = write_parquet(zone.inbox / "a.parquet", rows_of())
    zone.put("b.parquet", body[:-cut])
    zone.put("c.parquet", b"")
    zone.put("d.parquet", b"PAR1 nothing of the kind PAR1")

    assert land(zone) == (3, 3)
    assert {(line, reason.partition(" (")[0]) for line, reason in zone.quarantined()} == {
        (1, "not a Parquet file that can be read")
    }


@pytest.mark.parametrize("column", ["md5(i::varchar) as message", "i * i as message"])
def test_a_damaged_file_is_quarantined_with_the_reason(zone: Zone, column: str) -> None:
    body = write_parquet(
        zone.inbox / "a.parquet", rows_of(column, 6000), ", compression zstd, row_group_size 2048"
    )
    since, until = 2 * len(body) // 5, 3 * len(body) // 5
    zone.put("a.parquet", body[:since] + bytes(until - since) + body[until:])

    assert land(zone) == (0, 1)
    assert zone.quarantined()[0][1].startswith("not a Parquet file that can be read")


def test_a_file_that_came_before_under_another_name_counts_as_copies(zone: Zone) -> None:
    body = write_parquet(zone.inbox / "a.parquet", rows_of())
    zone.put("b.parquet", body)

    landed = zone.land(Ocsf(zone.inbox))

    assert (landed.landed, landed.duplicates) == (3, 3)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        # One long text for many rows takes no room in a file, nor does a long run or list.
        (
            (
                "select 3002 as class_uid, i as time, s as message from"
                " (select repeat('x', 50000) as s), range(20000) t(i)"
            ),
            "the file expands to more than",
        ),
        (
            "select 3002 as class_uid, 1 as time, null as message from range(1500000)",
            "it has more than 1000000 records or values of a list",
        ),
        (
            "select 3002 as class_uid, [{'name': 'a' || i} for i in range(1100000)] as resources",
            "it has more than 1000000 records or values of a list",
        ),
    ],
)
def test_bombs_are_told_by_what_they_say_of_themselves(
    zone: Zone, query: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = write_parquet(zone.inbox / "a.parquet", query, ", compression zstd, row_group_size 2048")
    monkeypatch.setattr(parquet, "records", lambda *_: pytest.fail("it was read"))

    assert len(body) < 2 << 20
    assert land(zone) == (0, 1)
    assert zone.quarantined()[0][1].startswith(reason)


def test_a_giant_row_is_cut_short_and_the_others_land(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "LONGEST", 1 << 20)
    monkeypatch.setattr(parquet, "LONGEST", 1 << 20)
    write_parquet(
        zone.inbox / "a.parquet", rows_of("repeat('x', if(i = 1, 2000000, 1)::int) as message")
    )

    assert land(zone) == (2, 1)
    assert zone.quarantined() == [(2, "longer than 1048576 bytes")]


@pytest.mark.parametrize("column", ["file_row_number", "landing_path"])
def test_a_file_with_a_column_of_our_own_name_is_told_of(zone: Zone, column: str) -> None:
    write_parquet(zone.inbox / "a.parquet", rows_of(f"7 as {column}"))

    assert land(zone) == (0, 1)
    assert column in zone.quarantined()[0][1]


def test_a_generic_log_may_be_parquet(zone: Zone) -> None:
    write_parquet(
        zone.inbox / "a.parquet",
        "select {'login': 'ada'} as who, timestamp '2024-05-02 11:00:00' as at, 'x' as \"a.b\","
        " true as mfa",
    )
    fields = {"account": "who.login", "occurred_at": "at", "action": "a.b"}

    landed = zone.land(Generic(zone.inbox, fields=fields, time_zone="Europe/Berlin"))

    assert (landed.landed, landed.quarantined) == (1, 0)
    assert zone.rows("generic__events", "occurred_at::varchar, account, action, mfa") == [
        ("2024-05-02 09:00:00", "ada", "x", "true")
    ]
