"""Every saved query says what the published tables say, worked out a second time without SQL."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from audits import Audited
from click.testing import CliRunner

from oncall_audit import queries
from oncall_audit.cli.sql import sql
from oncall_audit.reports.published import connect

Row = dict[str, Any]
SAVED = queries.load()
# The tables' times are UTC and have no zone.
EARLIEST, LATEST = (datetime.fromisoformat(text) for text in ("1000-01-01", "9000-01-01"))

each_query = pytest.mark.parametrize("name", SAVED)


def rows(audited: Audited, query: str, values: dict[str, Any] | None = None) -> list[Row]:
    with connect(audited.workspace.published) as connection:
        queries.bound(connection, query, values or {})
        names = [column[0] for column in connection.description or ()]
        return [dict(zip(names, row, strict=True)) for row in connection.fetchall()]


def asked(audited: Audited, name: str, **given: Any) -> list[Row]:
    query = SAVED[name]
    with connect(audited.workspace.published) as connection:
        texts = {key: str(value) for key, value in given.items()}
        values = queries.spelled(connection, query, query.values(texts))
    return rows(audited, query.sql, values)


def table(audited: Audited, name: str) -> list[Row]:
    return rows(audited, f"select * from {name}")


def ids(found: list[Row], column: str) -> Counter[Any]:
    return Counter(row[column] for row in found)


def name_of(row: Row) -> Any:
    return row["resource_id"] or row["resource_name"]


def lasts_in(row: Row, since: datetime, until: datetime) -> bool:
    begin, end = row["started_at"] or EARLIEST, row["ended_at"] or LATEST
    return begin < until and (end > since or begin >= since)


def holds_at(begin: datetime | None, end: datetime | None, moment: datetime) -> bool:
    return (begin or EARLIEST) <= moment < (end or LATEST)


def moments(audited: Audited) -> list[datetime]:
    """Times at which something begins or ends, where a half-open interval shows, and one beside."""
    starts = sorted({row["started_at"] for row in table(audited, "shifts")})[5:60:11]
    ends = sorted({row["ended_at"] for row in table(audited, "sessions")})[50:3000:700]
    return [*starts, *ends, ends[0] + timedelta(minutes=7)]


@each_query
def test_a_query_uses_every_parameter_that_it_describes(name: str) -> None:
    query = SAVED[name]

    assert {it.name for it in query.parameters} == set(re.findall(r"\$([a-z_]+)", query.sql))
    assert query.question.endswith("?")
    assert query.title


@each_query
def test_examples_can_be_asked(audited: Audited, name: str) -> None:
    examples = {it.name: it.example for it in SAVED[name].parameters if it.is_required}

    result = CliRunner().invoke(
        sql,
        ["--workspace", str(audited.workspace.root), "--json", "--saved", name]
        + [word for it in examples.items() for word in ("--param", "=".join(it))],
    )

    assert result.exception is None
    assert isinstance(json.loads(result.stdout), list)


def test_who_used_resource(audited: Audited) -> None:
    since, until = moments(audited)[0], moments(audited)[-1]
    sessions = [
        row
        for row in table(audited, "sessions")
        if "payments-db" in (row["resource_id"], row["resource_name"])
        and lasts_in(row, since, until)
    ]

    found = asked(audited, "who_used_resource", resource="Payments-DB", since=since, until=until)

    assert ids(found, "session_id") == ids(sessions, "session_id") != Counter()


def test_engineer_timeline(audited: Audited) -> None:
    incidents = {row["incident_id"]: row for row in table(audited, "incidents")}
    answered = [
        {
            **row,
            "started_at": row["joined_at"],
            "ended_at": incidents[row["incident_id"]]["ended_at"],
        }
        for row in table(audited, "incident_responders")
    ]
    rights = [
        {**row, "started_at": row["valid_from"], "ended_at": row["valid_until"]}
        for row in table(audited, "entitlements")
    ]
    kinds = {
        "session": ("session_id", table(audited, "sessions")),
        "shift": ("shift_id", table(audited, "shifts")),
        "right": ("entitlement_id", rights),
        "request": ("request_id", table(audited, "access_requests")),
        "finding": ("finding_id", table(audited, "findings")),
        "incident": ("incident_id", answered),
    }
    since, until = moments(audited)[1], moments(audited)[-2]
    people = table(audited, "engineers")

    asked_for = 0
    for person in people[::6]:
        expected = Counter(
            (kind, row[key])
            for kind, (key, them) in kinds.items()
            for row in them
            if row["engineer_id"] == person["engineer_id"] and lasts_in(row, since, until)
        )
        found = asked(
            audited, "engineer_timeline", engineer=person["email"].upper(), since=since, until=until
        )

        assert Counter((row["kind"], row["id"]) for row in found) == expected
        asked_for += len(found)
    assert asked_for > 0


def test_open_at(audited: Audited) -> None:
    tables = {
        kind: table(audited, name)
        for kind, name in (
            ("session", "sessions"),
            ("shift", "shifts"),
            ("right", "entitlements"),
            ("request", "access_requests"),
            ("incident", "incidents"),
        )
    }
    keys = {"right": "entitlement_id"}
    for at in moments(audited):
        expected = Counter(
            (kind, row[keys.get(kind, f"{kind}_id")])
            for kind, them in tables.items()
            for row in them
            if row.get("status", "approved") == "approved" or kind != "request"
            if holds_at(
                row.get("started_at", row.get("valid_from")),
                row.get("ended_at", row.get("valid_until")),
                at,
            )
            or row.get("started_at") == row.get("ended_at") == at
        )

        assert (
            Counter((row["kind"], row["id"]) for row in asked(audited, "open_at", at=at))
            == expected
        )


def test_never_used(audited: Audited) -> None:
    until = max(row["until"] for row in table(audited, "audit_runs"))
    for days in (0, 30, 120):
        expected = Counter(
            (row["account"], name_of(row), row["permission"])
            for row in table(audited, "entitlements")
            if row["account_kind"] == "human"
            if row["valid_until"] is None and row["last_used_at"] is None
            if row["valid_from"] <= until - timedelta(days=days)
        )
        found = asked(audited, "never_used", days=days)

        assert (
            Counter((row["account"], row["resource"], row["permission"]) for row in found)
            == expected
            != Counter()
        )


def test_on_call_at(audited: Audited) -> None:
    shifts = table(audited, "shifts")
    for at in moments(audited):
        for service in ("payments", None):
            expected = Counter(
                (row["service"], row["level"], row["person"], row["started_at"])
                for row in shifts
                if service in (None, row["service"])
                and holds_at(row["started_at"], row["ended_at"], at)
            )
            given = {"service": service} if service else {}
            found = asked(audited, "on_call_at", at=at, **given)

            assert (
                Counter(
                    (it["service"], it["level"], it["person"], it["started_at"]) for it in found
                )
                == expected
                != Counter()
            )


def test_findings_of(audited: Audited) -> None:
    findings = [it for it in table(audited, "findings") if it["state"] in ("open", "reopened")]
    owners = {it["resource_id"]: it["owner_team"] for it in table(audited, "resources")}

    assert ids(asked(audited, "findings_of"), "finding_id") == ids(findings, "finding_id")
    for given, expected in (
        ({"rule": "off_shift_access"}, lambda it: it["rule_id"] == "off_shift_access"),
        ({"team": "payments"}, lambda it: owners.get(it["resource_id"]) == "payments"),
        (
            {"severity": "high", "team": "data"},
            lambda it: it["severity"] == "high" and owners.get(it["resource_id"]) == "data",
        ),
    ):
        found = ids(asked(audited, "findings_of", **given), "finding_id")
        assert found == ids([it for it in findings if expected(it)], "finding_id") != Counter()
    assert asked(audited, "findings_of", state="accepted") == []


def test_coverage_gaps(audited: Audited) -> None:
    blind = {
        (row["source_name"], row["hour_start"])
        for row in table(audited, "coverage")
        if row["state"] == "blind"
    }
    gaps = asked(audited, "coverage_gaps")

    hours = [
        (gap["source_name"], gap["started_at"] + timedelta(hours=hour))
        for gap in gaps
        for hour in range(gap["hours"])
    ]
    assert sorted(hours) == sorted(blind) != []
    assert not {(gap["source_name"], gap["ended_at"]) for gap in gaps} & blind
    assert all(gap["ended_at"] - gap["started_at"] == timedelta(hours=gap["hours"]) for gap in gaps)


def test_sessions_running(audited: Audited) -> None:
    expected = Counter(
        row["session_id"]
        for row in table(audited, "session_actions")
        if "pg_dump" in f"{row['action']} {row['object']}".lower()
    )

    found = asked(audited, "sessions_running", command="PG_Dump")

    assert {row["session_id"]: row["times"] for row in found} == expected != Counter()


def test_changes_between(audited: Audited) -> None:
    since, _, until = sorted(moments(audited))[0:3]
    middle = since + (until - since) / 2

    def changes(**given: datetime) -> Counter[Any]:
        found = asked(audited, "changes_between", **given)
        return Counter((row["change"], row["id"], row["changed_at"]) for row in found)

    whole = changes(since=since, until=until)
    assert whole == changes(since=since, until=middle) + changes(since=middle, until=until)
    everything = changes(since=EARLIEST, until=LATEST)
    kinds = Counter(change for change, _, _ in everything.elements())
    people = table(audited, "engineers")
    assert kinds["finding appeared"] == len(table(audited, "findings"))
    assert kinds["right appeared"] == len(table(audited, "entitlements"))
    assert kinds["person left"] == sum(row["ended_at"] is not None for row in people)


def test_who_can_reach(audited: Audited) -> None:
    expected = [row for row in table(audited, "access_map") if row["resource_id"] == "payments-db"]

    found = asked(audited, "who_can_reach", resource="payments-db")

    columns = ("engineer_id", "permission", "can_access", "should_access", "granted_via")
    assert sorted([str([row[it] for it in columns]) for row in found]) == sorted(
        [str([row[it] for it in columns]) for row in expected]
    )
    assert found


def test_rights_of(audited: Audited) -> None:
    rights = table(audited, "entitlements")
    for at in moments(audited)[::4]:
        for person in table(audited, "engineers")[::5]:
            expected = [
                row
                for row in rights
                if row["engineer_id"] == person["engineer_id"]
                and holds_at(row["valid_from"], row["valid_until"], at)
            ]
            found = asked(audited, "rights_of", engineer=person["engineer_id"], at=at)

            assert ids(found, "entitlement_id") == ids(expected, "entitlement_id")


def test_refused_attempts(audited: Audited) -> None:
    expected: Counter[Any] = Counter()
    for row in table(audited, "access_events"):
        if row["outcome"] in ("failure", "denied"):
            expected[row["account"], row["system"], name_of(row), row["source_ip"]] += (
                row["repeated"] or 1
            )

    found = asked(audited, "refused_attempts")

    counted: Counter[Any] = Counter()
    for row in found:
        counted[row["account"], row["system"], row["resource"], row["source_ip"]] += row["attempts"]
    assert counted == expected != Counter()


def test_from_address(audited: Audited) -> None:
    events = table(audited, "access_events")
    for address in sorted({row["source_ip"] for row in events} - {None})[::12]:
        expected: Counter[Any] = Counter()
        for row in events:
            if row["source_ip"] == address:
                expected[row["account"], row["outcome"]] += row["repeated"] or 1
        found: Counter[Any] = Counter()
        for row in asked(audited, "from_address", address=address):
            found[row["account"], row["outcome"]] += row["events"]

        assert found == expected


def test_incident_access(audited: Audited) -> None:
    sessions = table(audited, "sessions")
    answered = {
        (it["incident_id"], it["engineer_id"]) for it in table(audited, "incident_responders")
    }
    for incident in table(audited, "incidents")[::3]:
        end = incident["ended_at"] and incident["ended_at"] + timedelta(minutes=30)
        expected = Counter(
            (row["session_id"], (incident["incident_id"], row["engineer_id"]) in answered)
            for row in sessions
            if row["service"] == incident["service"]
            and lasts_in(row, incident["started_at"], end or LATEST)
        )
        found = asked(audited, "incident_access", incident=incident["incident_id"], margin=30)

        assert Counter((row["session_id"], row["has_answered"]) for row in found) == expected


def test_unknown_accounts(audited: Audited) -> None:
    expected = Counter(
        (row["account"], row["account_kind"], row["system"], name_of(row))
        for row in table(audited, "sessions")
        if row["engineer_id"] is None
    )

    found = {
        (row["account"], row["account_kind"], row["system"], row["resource"]): row["sessions"]
        for row in asked(audited, "unknown_accounts")
    }

    assert found == expected != Counter()


def test_hours_outside(audited: Audited) -> None:
    expected: dict[Any, float] = defaultdict(float)
    for row in table(audited, "sessions"):
        if row["engineer_id"] and row["account_kind"] == "human" and row["off_policy_seconds"]:
            expected[row["engineer_id"], name_of(row)] += row["off_policy_seconds"] / 3600

    found = asked(audited, "hours_outside")

    assert {(row["engineer_id"], row["resource"]): row["hours_outside"] for row in found} == {
        key: pytest.approx(hours, abs=0.051) for key, hours in expected.items()
    }
    assert found


def test_requests_unused(audited: Audited) -> None:
    sessions = table(audited, "sessions")
    expected = {
        request["request_id"]
        for request in table(audited, "access_requests")
        if request["status"] == "approved"
        and not any(
            row["engineer_id"] == request["engineer_id"]
            and row["resource_id"] == request["resource_id"]
            and lasts_in(row, request["started_at"], request["ended_at"] or LATEST)
            for row in sessions
            if row["engineer_id"] and row["resource_id"]
        )
    }

    assert {row["request_id"] for row in asked(audited, "requests_unused")} == expected != set()


def test_rules_untested(audited: Audited) -> None:
    expected = {
        row["rule_id"]: row["why"] for row in table(audited, "rule_runs") if row["state"] != "ran"
    }

    found = asked(audited, "rules_untested")

    assert {row["rule_id"]: row["why"] for row in found} == expected != {}


def test_an_empty_answer_is_not_taken_for_nothing_where_the_audit_was_blind(
    audited: Audited,
) -> None:
    gap = asked(audited, "coverage_gaps")[0]
    words = ["--saved", "sessions_running", "--param", "command=pg_dump"]
    window = [f"since={gap['started_at'].isoformat()}", f"until={gap['ended_at'].isoformat()}"]

    for it in window:
        words += ["--param", it]

    result = CliRunner().invoke(sql, [*words, "--workspace", str(audited.workspace.root)])

    assert f"In {gap['hours']} of {gap['hours'] * 6} hours of the sources the audit was blind" in (
        result.stderr
    )


def test_a_sites_own_query_is_found_and_goes_before_ours(audited: Audited, tmp_path: Path) -> None:
    head = "-- title: Ours\n-- question: How many?\n-- parameters: {}\n"
    (tmp_path / "never_used.sql").write_text(f"{head}select 7 as days;\n")

    found = queries.load(tmp_path)

    assert set(found) == set(SAVED)
    assert rows(audited, found["never_used"].sql) == [{"days": 7}]
