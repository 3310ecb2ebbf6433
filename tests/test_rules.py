"""The laws of the rule folders: each is whole, listed, documented and mapped to controls."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DBT = Path(__file__).parents[1] / "dbt_project"
FOLDERS = sorted(path for path in (DBT / "models" / "rules").iterdir() if path.is_dir())
META = {"title", "severity", "question", "identity", "controls", "inputs"}
SEVERITIES = {"critical", "high", "medium", "low", "info"}
INPUTS = {"schedules", "incidents", "requests", "permissions", "logs", "directory"}
INPUTS |= {"networks", "gateways", "factors", "devices", "digests"}
HEADINGS = ["What it means", "Investigate", "When it is nothing", "Put it right"]
FRAMEWORKS = {
    "SOC 2": "SOC2",
    "ISO 27001": "ISO27001",
    "NIST 800-53": "NIST80053",
    "PCI DSS": "PCI",
    "HIPAA": "HIPAA",
    "CIS": "CIS",
}

each_rule = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def text(folder: Path, suffix: str) -> str:
    return (folder / f"{folder.name}{suffix}").read_text(encoding="utf-8")


def properties(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text(folder, ".yml"))
    return loaded


def meta(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = properties(folder)["models"][0]["config"]["meta"]
    return found


def macro(name: str) -> str:
    return (DBT / "macros" / f"{name}.sql").read_text(encoding="utf-8")


def seed(name: str) -> list[dict[str, str]]:
    with (DBT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def listed_rules() -> list[str]:
    return re.findall(r"^ +'(\w+)',$", macro("rule_names"), re.MULTILINE)


def finding_columns() -> list[str]:
    return re.findall(r"^ +'(\w+)': '\w+',$", macro("finding_columns"), re.MULTILINE)


def controls_of(rule: str) -> list[str]:
    return [
        f"{FRAMEWORKS[row['framework']]}-{row['control_id']}"
        for row in seed("rule_controls")
        if row["rule_id"] == rule
    ]


@each_rule
def test_the_folder_holds_three_files_of_its_name(folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}

    assert files == {f"{folder.name}{suffix}" for suffix in (".sql", ".yml", ".md")}


@each_rule
def test_the_yml_describes_this_model_with_the_runbook(folder: Path) -> None:
    (model,) = properties(folder)["models"]

    assert model["name"] == folder.name
    assert model["description"] == f"{{{{ doc('{folder.name}') }}}}"


@each_rule
def test_every_finding_column_is_described_in_order(folder: Path) -> None:
    (model,) = properties(folder)["models"]

    assert [column["name"] for column in model["columns"]] == finding_columns()
    assert all(column["description"].strip() for column in model["columns"])


@each_rule
def test_the_meta_has_exactly_the_known_keys(folder: Path) -> None:
    assert set(meta(folder)) - {"may_lack"} == META
    assert all(meta(folder).values())


@each_rule
def test_the_severity_is_in_the_set(folder: Path) -> None:
    assert meta(folder)["severity"] in SEVERITIES


@each_rule
def test_the_question_ends_in_a_question_mark(folder: Path) -> None:
    assert meta(folder)["question"].endswith("?")


@each_rule
def test_the_identity_names_finding_columns(folder: Path) -> None:
    identity = meta(folder)["identity"]

    assert set(identity) <= set(finding_columns())
    assert identity[-1] == "started_at"


@each_rule
def test_the_inputs_are_kinds_of_source(folder: Path) -> None:
    inputs = set(meta(folder)["inputs"])

    assert inputs <= INPUTS
    assert set(meta(folder).get("may_lack", ())) < inputs


@each_rule
def test_two_unit_tests_name_the_rule_and_what_happens(folder: Path) -> None:
    tests = properties(folder)["unit_tests"]

    assert len(tests) >= 2
    for test in tests:
        assert test["model"] == folder.name
        assert re.fullmatch(rf"{folder.name}__[a-z][a-z_]+", test["name"])


@each_rule
def test_one_unit_test_fires_and_one_stays_quiet(folder: Path) -> None:
    fires = {bool(test["expect"]["rows"]) for test in properties(folder)["unit_tests"]}

    assert fires == {True, False}


@each_rule
def test_the_runbook_has_the_four_headings(folder: Path) -> None:
    runbook = text(folder, ".md")

    assert re.findall(r"^## (.+)$", runbook, re.MULTILINE) == HEADINGS
    assert runbook.startswith(f"{{% docs {folder.name} %}}\n")
    assert runbook.endswith("{% enddocs %}\n")


@each_rule
def test_the_rule_reads_intermediate_models_only(folder: Path) -> None:
    query = text(folder, ".sql")
    references = re.findall(r"ref\('(\w+)'\)", query)

    assert "source(" not in query
    assert references
    assert all(name.startswith("int_") for name in references)


@each_rule
def test_the_rule_calls_itself_by_its_folder(folder: Path) -> None:
    assert f"'{folder.name}' as rule_id" in text(folder, ".sql")


@each_rule
def test_the_rule_is_no_longer_than_a_page(folder: Path) -> None:
    assert len(text(folder, ".sql").splitlines()) <= 80


@each_rule
def test_every_threshold_has_a_default(folder: Path) -> None:
    read = set(re.findall(r"var\(['\"](\w+)['\"]\)", text(folder, ".sql")))
    project = yaml.safe_load((DBT / "dbt_project.yml").read_text(encoding="utf-8"))

    assert read <= set(project["vars"])


@each_rule
def test_the_controls_are_those_of_the_mapping(folder: Path) -> None:
    mapped = controls_of(folder.name)

    assert sorted(meta(folder)["controls"]) == sorted(mapped)
    assert len(mapped) == len(set(mapped))


def test_the_list_of_rules_is_the_folders_in_alphabetical_order() -> None:
    assert listed_rules() == [folder.name for folder in FOLDERS]


def test_every_control_has_a_requirement_and_a_rule() -> None:
    names = {folder.name for folder in FOLDERS}

    for row in seed("rule_controls"):
        assert row["rule_id"] in names
        assert row["requirement"].endswith(".")


def test_a_control_asks_for_the_same_wherever_it_stands() -> None:
    wordings = {(r["framework"], r["control_id"], r["requirement"]) for r in seed("rule_controls")}

    assert len(wordings) == len({(framework, control) for framework, control, _ in wordings})


def test_precedence_names_rules_and_never_runs_in_a_circle() -> None:
    rows = seed("rule_precedence")
    pairs = {(row["specific_rule_id"], row["general_rule_id"]) for row in rows}

    assert {name for pair in pairs for name in pair} <= set(listed_rules())
    assert {row["about"] for row in rows} <= {"session", "right", "identity", "person"}
    assert not {(general, specific) for specific, general in pairs} & pairs


def test_every_rule_has_its_techniques_or_says_that_it_shows_none() -> None:
    techniques: dict[str, set[str]] = {}
    for row in seed("rule_attack"):
        techniques.setdefault(row["rule_id"], set()).add(row["technique_id"])

    assert set(listed_rules()) <= techniques.keys()
    assert len(techniques) == 44
    for shown in techniques.values():
        assert shown == {""} or all(re.fullmatch(r"T\d{4}(\.\d{3})?", it) for it in shown)


def test_what_explains_what_explains_it_explains_it_too() -> None:
    rows = {tuple(row.values()) for row in seed("rule_precedence")}

    assert {
        (a, d, about)
        for a, b, about in rows
        for c, d, other in rows
        if (b, about) == (c, other)
    } <= rows  # fmt: skip


def test_what_is_taken_from_the_policy_is_taken_as_of_a_time() -> None:
    dated = re.compile(
        r"ref\('(stg_policy__\w+|int_resources__(named|held)|int_targets__resolved"
        r"|int_accounts__serving|int_services__scheduled|int_permissions__\w+"
        r"|int_addresses__located)'\)"
    )
    careless = [
        path.name
        for path in sorted((DBT / "models").rglob("*.sql"))
        if dated.search(query := path.read_text(encoding="utf-8"))
        and not re.search(r"is_valid_at\(|\bvalid_until\b", query)
    ]

    assert careless == [], "join by is_valid_at(…), or keep rows whose valid_until is null"
