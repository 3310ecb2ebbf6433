"""What audits saw, changed and judged, worked out a second time without SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from audits import Audited

from .asking import EARLIEST, LATEST, asked, holds_at, ids, lasts_in, moments, name_of, table


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
