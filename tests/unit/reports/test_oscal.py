from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError
from trestle.oscal.assessment_results import Model

from oncall_audit.reports import render
from oncall_audit.reports.oscal_terms import control_identifiers


def _document(database: Path, folder: Path) -> dict[str, Any]:
    [path] = render(database, folder, ["oscal"])
    content: dict[str, Any] = json.loads(path.read_bytes())
    Model.model_validate(content)
    return content["assessment-results"]


def _result(database: Path, folder: Path) -> dict[str, Any]:
    [result] = _document(database, folder)["results"]
    return result


def test_the_models_refuse_what_is_not_oscal(published: Path, tmp_path: Path) -> None:
    document = _document(published, tmp_path)

    with pytest.raises(ValidationError):
        Model.model_validate({"assessment-results": {**document, "verdict": "fine"}})
    with pytest.raises(ValidationError):
        Model.model_validate({"assessment-results": {**document, "uuid": "run-2"}})


def test_is_one_result_for_the_window(published: Path, tmp_path: Path) -> None:
    document = _document(published, tmp_path)

    [result] = document["results"]
    assert (result["start"], result["end"]) == (
        "2026-04-02T00:00:00+00:00",
        "2026-04-04T00:00:00+00:00",
    )
    assert document["metadata"] == {
        "title": "On-call access audit",
        "last-modified": "2026-04-04T01:01:00+00:00",
        "version": "run-2",
        "oscal-version": "1.1.3",
    }
    [policy] = document["back-matter"]["resources"]
    assert document["import-ap"]["href"] == f"#{policy['uuid']}"
    assert policy["description"] == "policy.yml, SHA-256 abcdef"
    assert result["remarks"] == (
        "bastion was blind for 3 h from 2026-04-02T03:00:00+00:00.\n\n"
        "off_shift_access ran degraded: no requests."
    )


def test_a_finding_is_an_observation_with_its_evidence(published: Path, tmp_path: Path) -> None:
    result = _result(published, tmp_path)

    observation = next(
        it for it in result["observations"] if {"f-new"} & {p["value"] for p in it["props"]}
    )
    assert {p["name"]: p["value"] for p in observation["props"]} == {
        "rule-id": "off_shift_access",
        "severity": "high",
        "state": "open",
        "finding-id": "f-new",
        "begin": "2026-04-03T02:00:00+00:00",
        "end": "2026-04-03T02:30:00+00:00",
    }
    assert observation["relevant-evidence"] == [
        {
            "description": "nearest shift: h1; client: \\<img src=x onerror=alert(1)\\>;"
            " hours: 1, 2; link: javascript:alert(1); log: auth.log, line 2"
        }
    ]
    users = {it["uuid"]: it["title"] for it in result["local-definitions"]["users"]}
    items = {it["uuid"] for it in result["local-definitions"]["inventory-items"]}
    [resource, engineer] = [it["subject-uuid"] for it in observation["subjects"]]
    assert resource in items
    assert users[engineer] == "Ben ⟨U+202E⟩Costa"


@pytest.mark.parametrize(
    ("results", "status"),
    [
        (
            ("exceptions", "not tested"),
            {
                "state": "not-satisfied",
                "reason": "fail",
                "remarks": "exceptions: 1 open finding; not tested by log_gap.",
            },
        ),
        (
            ("passed", "not tested"),
            {
                "state": "not-satisfied",
                "reason": "other",
                "remarks": "not tested: 1 open finding; not tested by log_gap.",
            },
        ),
        (
            ("passed", "passed"),
            {
                "state": "satisfied",
                "reason": "pass",
                "remarks": "passed: 1 open finding.",
            },
        ),
    ],
)
def test_a_control_is_satisfied_only_where_all_of_it_was_tested(
    built: Path, tmp_path: Path, results: tuple[str, str], status: dict[str, str]
) -> None:
    with duckdb.connect(str(built)) as connection:
        for rule, result in zip(("off_shift_access", "log_gap"), results, strict=True):
            connection.execute(
                "update audit.controls set result = ? where rule_id = ?", [result, rule]
            )

    [finding] = _result(built, tmp_path)["findings"]

    assert (finding["target"]["target-id"], finding["target"]["status"]) == (
        "soc-2-cc7.2",
        status,
    )


def test_a_control_names_the_open_findings_of_its_rules(published: Path, tmp_path: Path) -> None:
    result = _result(published, tmp_path)

    [finding] = result["findings"]
    related = {it["observation-uuid"] for it in finding["related-observations"]}
    states = {
        it["uuid"]: next(p["value"] for p in it["props"] if p["name"] == "state")
        for it in result["observations"]
    }
    assert {uuid for uuid, state in states.items() if state == "open"} == related
    assert result["reviewed-controls"]["control-selections"] == [
        {"description": "SOC 2", "include-controls": [{"control-id": "soc-2-cc7.2"}]}
    ]


@pytest.mark.parametrize(
    ("framework", "control", "identifiers"),
    [
        ("NIST 800-53", "AC-2", ("ac-2", None)),
        ("NIST 800-53", "AC-2(3)", ("ac-2.3", None)),
        ("NIST 800-53", "AC-2 g", ("ac-2", "ac-2_smt.g")),
        ("SOC 2", "CC6.1", ("soc-2-cc6.1", None)),
        ("HIPAA", "164.308(a)(1)(ii)(D)", ("hipaa-164.308-a-1-ii-d", None)),
        ("800 & more", "1", ("control-800-more-1", None)),
    ],
)
def test_controls_have_the_identifiers_of_their_catalogs(
    framework: str, control: str, identifiers: tuple[str, str | None]
) -> None:
    assert control_identifiers(framework, control) == identifiers


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "a\u202eb\x1b[31m",
        "line\nbreak",
        " ",
        "=cmd|' /C calc'!A0",
        "../../etc/passwd",
    ],
)
def test_hostile_text_is_valid_and_inert(built: Path, tmp_path: Path, hostile: str) -> None:
    with duckdb.connect(str(built)) as connection:
        for table, column in (
            ("engineers", "name"),
            ("findings", "summary"),
            ("findings", "resource_id"),
            ("findings", "raw_file"),
            ("rules", "title"),
            ("controls", "requirement"),
            ("controls", "control_id"),
            ("audit_runs", "code_version"),
        ):
            connection.execute(f"update audit.{table} set {column} = ?", [hostile])

    text = json.dumps(_document(built, tmp_path), ensure_ascii=False)

    active = ("\u202e", "\x1b", "<script>", "[x](")
    assert [part for part in active if part in text] == []


def test_a_finding_keeps_its_uuid_and_a_run_its_bytes(published: Path, tmp_path: Path) -> None:
    written = [render(published, tmp_path / name, ["oscal"])[0].read_bytes() for name in "ab"]
    result = _result(published, tmp_path)

    assert written[0] == written[1]
    assert sorted(it["uuid"] for it in result["observations"]) == [
        "3bde90ef-badd-5c3e-8107-a19980d6cb82",
        "9911d5b7-ec38-54c4-bae8-de56c10c3bbb",
        "f1ef833e-5c40-5956-8b37-46a084e98f7f",
    ]
