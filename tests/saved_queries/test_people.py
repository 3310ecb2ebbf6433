"""Who used what, held what and was on call, worked out a second time without SQL."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from audits import Audited

from .asking import asked, holds_at, ids, lasts_in, moments, name_of, table


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
