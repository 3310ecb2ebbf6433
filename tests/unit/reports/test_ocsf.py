from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from oncall_audit.reports import render


def _events(database: Path, folder: Path) -> list[dict[str, Any]]:
    [path] = render(database, folder, ["ocsf"])
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def _by_id(database: Path, folder: Path) -> dict[str, dict[str, Any]]:
    return {event["finding_info"]["uid"]: event for event in _events(database, folder)}


def test_a_finding_is_a_detection_finding(published: Path, tmp_path: Path) -> None:
    event = _by_id(published, tmp_path)["f-new"]

    assert event == {
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Detection Finding",
        "class_uid": 2004,
        "type_name": "Detection Finding: Create",
        "type_uid": 200401,
        "severity": "High",
        "severity_id": 4,
        "status": "New",
        "status_id": 1,
        "message": "Ben used payments-db.",
        "time": 1775181600000,
        "start_time": 1775181600000,
        "end_time": 1775183400000,
        "metadata": {
            "version": "1.5.0",
            "product": {
                "name": "oncall-audit",
                "vendor_name": "oncall-audit",
                "version": "0.1.0",
            },
            "uid": "run-2/f-new",
            "correlation_uid": "f-new",
        },
        "finding_info": {
            "uid": "f-new",
            "title": "Access off shift",
            "desc": "Ben used payments-db.",
            "analytic": {
                "uid": "off_shift_access",
                "name": "Access off shift",
                "desc": "Who used production while not on call?",
                "type": "Rule",
                "type_id": 1,
            },
            "first_seen_time": 1775181600000,
            "last_seen_time": 1775183400000,
        },
        "evidences": [
            {
                "actor": {
                    "user": {
                        "uid": "e002",
                        "name": "bcosta",
                        "full_name": "Ben \u202eCosta",
                        "email_addr": "ben.costa@example.com",
                    }
                },
                "data": {
                    "nearest_shift": "h1",
                    "client": "<img src=x onerror=alert(1)>",
                    "hours": [1, 2],
                    "link": "javascript:alert(1)",
                },
            }
        ],
        "resources": [{"uid": "payments-db", "name": "payments-db", "namespace": "linux"}],
        "unmapped": {
            "state": "open",
            "score": 80.0,
            "session_id": "s2",
            "service": "payments",
            "system": "linux",
            "first_detected_run": "run-2",
            "raw_file": "auth.log",
            "raw_line": 2,
        },
    }


@pytest.mark.parametrize(
    ("state", "status", "activity"),
    [
        ("open", "New", "Update"),
        ("reopened", "New", "Update"),
        ("accepted", "Suppressed", "Close"),
        ("false-positive", "Suppressed", "Close"),
        ("remediated", "Resolved", "Close"),
    ],
)
def test_what_was_decided_is_its_status(
    built: Path, tmp_path: Path, state: str, status: str, activity: str
) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.findings set state = ?", [state])

    event = _by_id(built, tmp_path)["f-old"]

    assert (event["status"], event["activity_name"]) == (status, activity)
    assert event["type_uid"] == 200400 + event["activity_id"]


def test_every_event_is_valid_and_has_no_attribute_of_our_own(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("alter table audit.findings add column attack varchar")
        connection.execute("alter table audit.findings add column event_ids varchar[]")
        connection.execute(
            "update audit.findings set attack = 'T1078, T1098.003', event_ids = ['linux:v2'],"
            " evidence = case finding_id when 'f-old' then 'no json' when 'f-done' then '[1]'"
            " else evidence end"
        )

    for event in _events(built, tmp_path):
        # The models have no actor.
        [artifact] = event["evidences"]
        user = artifact.pop("actor", {"user": {}})["user"]
        assert user.keys() <= {"uid", "name", "full_name", "email_addr"}
        # In the models a related event has no more than its uid, as here.
        known = DetectionFinding.model_validate(event).model_dump(mode="json", exclude_unset=True)
        assert known == event


def test_hostile_text_is_escaped_and_kept(built: Path, tmp_path: Path) -> None:
    hostile = "=cmd|' /C calc'!A0\n\u202e\x1b[31m<script>alert(1)</script>\u2028"
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.findings set summary = ?, account = ?", [hostile] * 2)

    [path] = render(built, tmp_path, ["ocsf"])

    content = path.read_bytes()
    assert content.count(b"\n") == 3
    assert not set(content) & {*range(10), *range(11, 32), *range(127, 256)}
    for event in map(json.loads, content.splitlines()):
        assert (event["message"], event["evidences"][0]["actor"]["user"]["name"]) == (
            hostile,
            hostile,
        )


def test_the_same_tables_give_the_same_bytes(published: Path, tmp_path: Path) -> None:
    written = [render(published, tmp_path / name, ["ocsf"])[0].read_bytes() for name in "ab"]

    assert written[0] == written[1]
