"""The same events are the same rows, whatever file they come in."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_audit.connectors.ocsf import Ocsf
from oncall_audit.landing import readers
from oncall_audit.landing.logs import LogLanding
from oncall_audit.landing.sql import mapping

from .conftest import Zone, write_parquet

_TIME = 1714640400000
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
users = st.none() | st.fixed_dictionaries({}, optional={"name": texts, "uid": texts, "type": texts})
things = st.fixed_dictionaries({"uid": texts}, optional={"name": texts, "other": st.integers()})
events = st.fixed_dictionaries(
    {
        "class_uid": st.sampled_from([3002, 3006, 6003, 1007, 4001, 2004]),
        "time": st.integers(_TIME, _TIME + 10_000_000),
        "metadata": st.fixed_dictionaries({"uid": texts}),
    },
    optional={
        "activity_id": st.integers(0, 99),
        "is_mfa": st.booleans(),
        "actor": st.none() | st.fixed_dictionaries({"user": users}),
        "user": users,
        "resources": st.none() | st.lists(things, max_size=3),
        "api": st.fixed_dictionaries({"operation": texts, "response": st.none() | st.just({})}),
        "privileges": st.lists(st.text("abc"), max_size=2),
        "unmapped": st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=2),
    },
)
# As a lake would declare them: numbers, structs and maps where JSON has what it has.
_USER = "STRUCT(name VARCHAR, uid VARCHAR, type VARCHAR)"
_COLUMNS = {
    "class_uid": "BIGINT",
    "activity_id": "SMALLINT",
    "time": "BIGINT",
    "metadata": "STRUCT(uid VARCHAR)",
    "is_mfa": "BOOLEAN",
    "actor": f'STRUCT("user" {_USER})',
    "user": _USER,
    "resources": "STRUCT(uid VARCHAR, name VARCHAR, other HUGEINT)[]",
    "api": "STRUCT(operation VARCHAR, response STRUCT(code INTEGER))",
    "privileges": "VARCHAR[]",
    "unmapped": "MAP(VARCHAR, HUGEINT)",
}


@given(st.lists(events, min_size=5, max_size=40))
@settings(max_examples=5, deadline=None)
def test_the_same_events_in_json_and_parquet_are_the_same_rows(found: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        in_json, in_parquet, carefully = (
            Zone(Path(folder) / name / "landing", Path(folder) / name / "in") for name in "abc"
        )
        source = in_json.put("events.jsonl", "\n".join(map(json.dumps, found)))
        query = f"from read_json('{source}', columns = {mapping(_COLUMNS)}, format = 'nd')"
        body = write_parquet(in_parquet.inbox / "events.parquet", query)
        carefully.put("events.parquet", body)

        expected = outcome(in_json)

        assert outcome(in_parquet) == expected
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LogLanding, "_quickly", refuse)
            assert outcome(carefully) == expected


def refuse(self: LogLanding, files: list[Any]) -> None:
    raise readers.DoubtError(set(range(len(files))))


def outcome(zone: Zone) -> list[Any]:
    landed = zone.land(Ocsf(zone.inbox))
    counts = (landed.records, landed.landed, landed.duplicates, landed.ignored, landed.quarantined)
    return [counts, zone.rows("ocsf__events", "* exclude (batch_id, raw_file)")]
