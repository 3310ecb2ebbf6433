"""The whole audit of the demo organisation through its public doors: right, twice, and in any order."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from audits import Audited, Organisation, hold_back, rows, tables

from oncall_audit.demo import score
from oncall_audit.demo.writers.cloudtrail_digests import renew_digests
from oncall_audit.pipeline.start import audit, audit_incident
from oncall_audit.warehouse.connection import connect_published
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

COMPARED = "rule_id, engineer_id, account, system, resource_id, started_at, ended_at, summary"


def findings(workspace: Workspace) -> list[tuple[Any, ...]]:
    return rows(
        workspace, "select finding_id, rule_id, started_at, ended_at from findings order by all"
    )


def audit_again(copied: Audited, **options: Any) -> int:
    window = {"since": copied.answers.since, "until": copied.answers.until}
    return audit(copied.workspace.root, **{**window, **options}).new_findings


def log_files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "logs").rglob("*") if path.is_file())


def test_every_planted_violation_is_found_and_nothing_else(audited: Audited) -> None:
    found = [
        dict(zip(COMPARED.split(", "), row, strict=True))
        for row in rows(audited.workspace, f"select {COMPARED} from findings")
    ]

    result = score(audited.answers, found)

    assert (result.missed, result.false) == ((), ())
    assert len(result.found) == len(audited.answers.planted) > 40


def test_every_record_is_accounted_for(audited: Audited) -> None:
    wrong = rows(
        audited.workspace,
        "select source_name, path from log_batches"
        " where records <> landed + duplicates + ignored + quarantined",
    )
    files = rows(
        audited.workspace, "select count(distinct path) from log_batches where path like '%/logs/%'"
    )

    assert wrong == []
    assert files == [(len(log_files(audited.workspace.root)),)]


def test_every_table_and_column_says_what_it_is(audited: Audited) -> None:
    silent = rows(
        audited.workspace,
        "select table_name, column_name from duckdb_columns()"
        " where database_name = 'published' and schema_name = 'audit' and comment is null"
        " union all select table_name, null from duckdb_tables()"
        " where database_name = 'published' and schema_name = 'audit' and comment is null",
    )

    assert silent == []


def test_a_second_run_finds_the_same_and_nothing_new(copied: Audited) -> None:
    before = tables(copied.workspace)

    new = audit_again(copied)

    assert new == 0
    assert tables(copied.workspace) == before


def test_a_full_rebuild_gives_the_same_rows(copied: Audited) -> None:
    before = tables(copied.workspace)

    new = audit_again(copied, full_refresh=True)

    assert new == 0
    assert tables(copied.workspace) == before


def test_files_delivered_again_under_other_names_change_nothing(copied: Audited) -> None:
    before = tables(copied.workspace)
    for path in log_files(copied.workspace.root):
        shutil.copy2(path, path.with_name(f"again-{path.name}"))

    audit_again(copied)

    assert tables(copied.workspace) == before
    assert rows(copied.workspace, "select sum(duplicates) > 70000 from log_batches") == [(True,)]


def test_shuffled_files_give_the_same_findings(
    organisation: Organisation, audited: Audited, tmp_path: Path
) -> None:
    workspace = organisation.copy_to(tmp_path / "workspace")
    order = random.Random(1)
    for path in log_files(workspace.root):
        if "CloudTrail-Digest" not in path.parts:
            shuffle(path, order)
    renew_digests(workspace.root, organisation.root)

    audit(workspace.root, since=audited.answers.since, until=audited.answers.until)

    assert findings(workspace) == findings(audited.workspace)


def shuffle(path: Path, order: random.Random) -> None:
    """Give a file another place among its like, and a CloudTrail file's events another order.

    That one keeps its name, by which its digest knows it.
    """
    if path.suffix == ".gz":
        stat = path.stat()
        document = json.loads(gzip.decompress(path.read_bytes()))
        order.shuffle(document["Records"])
        path.write_bytes(gzip.compress(json.dumps(document).encode()))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        folder = path.parent / f"{order.randrange(10**6):06}"
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)
    else:
        path.rename(path.with_name(f"{order.randrange(10**6):06}-{path.name}"))


def test_nights_delivered_one_by_one_give_the_same_as_all_at_once(
    organisation: Organisation, audited: Audited, tmp_path: Path
) -> None:
    workspace = organisation.copy_to(tmp_path / "workspace")
    waiting = tmp_path / "waiting"
    nights = [audited.answers.until - timedelta(days=days) for days in range(1, -1, -1)]
    held_back = hold_back(workspace.root, waiting, nights[0])

    for night in nights:
        # What was written after the last midnight comes with the last night too.
        deliver(held_back, night if night < nights[-1] else night + timedelta(days=30))
        audit(workspace.root, since=audited.answers.since, until=night)

    assert findings(workspace) == findings(audited.workspace)
    assert tables(workspace) == tables(audited.workspace)


def deliver(later: list[tuple[date, Path, Path]], night: datetime) -> None:
    for day, place, path in later:
        if day < night.date() and place.exists():
            place.rename(path)


_FINDINGS = (
    "select finding_id, rule_id, severity, engineer_id, resource_id, started_at from findings"
)


def test_an_incident_gets_its_own_reports_with_the_same_findings(copied: Audited) -> None:
    with copied.workspace.config.open("a") as config:
        config.write("\nreports: {formats: [ocsf]}\n")
    nightly = copied.workspace.publication.resolve()
    ((incident,),) = rows(
        copied.workspace,
        "select incident_id from incidents order by started_at, incident_id limit 1",
    )

    outcome = audit_incident(copied.workspace.root, incident)

    assert copied.workspace.publication.resolve() == nightly
    with connect_published(outcome.publication / "audit.duckdb") as published:
        found = published.execute(f"{_FINDINGS} order by all").fetchall()
        sessions = published.execute(
            "select count(*), min(ended_at), max(started_at) from sessions"
        ).fetchone()
    # No more and no fewer than the nightly audit has of that window, under the same ids.
    since, until = (f"timestamp '{it:%Y-%m-%d %H:%M:%S.%f}'" for it in astuple(outcome.window))
    touched = (
        f"started_at < {until} and coalesce(ended_at, started_at) >= {since}"
        # How long a right was unused is judged as of the end of the audited time.
        " and rule_id <> 'dormant_entitlement'"
    )
    assert found == rows(copied.workspace, f"{_FINDINGS} where {touched} order by all") != []
    pinned = [
        {name: json.loads(path.read_text())[name] for name in ("policy_sha256", "code_version")}
        for path in (nightly / "run.json", outcome.publication / "run.json")
    ]
    assert pinned[0] == pinned[1]
    assert sessions is not None
    count, first_end, last_start = sessions
    assert count > 0
    assert first_end.replace(tzinfo=UTC) >= outcome.window.since
    assert last_start.replace(tzinfo=UTC) < outcome.window.until
    names = {path.name for path in outcome.publication.iterdir()}
    assert {"report.html", "report.md", "findings.ocsf.jsonl"} <= names
    assert not {"csv", "findings.json"} & names
