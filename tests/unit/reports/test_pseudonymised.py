"""Pseudonymised reports: nobody in any byte of any format, and everything else as it was."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest
from named import named, people

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.pseudonym_key import PseudonymKey
from oncall_audit.reports import FORMATS, render
from oncall_audit.reports.pseudonymised import resolved
from oncall_audit.reports.published import Published, connect

KEY = PseudonymKey(b"invented" * 4)


def _pseudonymised(database: Path, folder: Path, formats: tuple[str, ...] = FORMATS) -> list[Path]:
    return render(database, folder, formats, pseudonym_key=KEY)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_format_names_anybody(published: Path, tmp_path: Path) -> None:
    failed = {
        **dict.fromkeys(("table", "description", "severity", "why"), "of sessions"),
        "success": False,
        "error": None,
        "unexpected_count": 1,
        "failing_rows": [{"account": "bcosta", "email": "Ada.Abel@example.com"}],
    }
    checks = {"expectations": 1, "failures": 1, "outcomes": [failed]}
    (published.parent / "checks.json").write_text(json.dumps(checks))
    (published.parent / "run.json").write_text(
        json.dumps({"run_id": "run-2", "messages": ["bastion: no key for bcosta"]})
    )

    paths = _pseudonymised(published, tmp_path / "out")

    assert named(paths, {*people(published), "Ben", "Costa", "Abel"}) == {}
    # The same search finds them where they are.
    assert set(named(render(published, tmp_path / "named", ["md", "xlsx", "pdf"]), ["Ben"])) == {
        "report.md",
        "report.xlsx",
        "report.pdf",
    }


def test_every_table_has_as_many_rows_and_joins_as_before(published: Path) -> None:
    counts = """
        select (select count(*) from findings), (select count(*) from sessions),
            (select count(*) from access_events), (select count(*) from identities),
            (select count(*) from findings join engineers using (engineer_id)),
            (select count(*) from findings join sessions using (session_id)),
            (select count(*) from sessions join shifts using (shift_id))
    """

    with Published(published) as plain, Published(published, KEY) as hidden:
        assert hidden.rows(counts) == plain.rows(counts)
        assert hidden.tables == tuple(it for it in plain.tables if it != "session_actions")


def test_the_tables_themselves_are_out_of_reach(published: Path) -> None:
    with Published(published, KEY) as hidden, pytest.raises(duckdb.Error):
        hidden.rows("select * from original.audit.engineers")


def test_the_same_tables_give_the_same_bytes_and_formats_agree(
    published: Path, tmp_path: Path
) -> None:
    first, second = (_pseudonymised(published, tmp_path / name) for name in ("a", "b"))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    ada = _rows(tmp_path / "a" / "csv" / "engineers.csv")[1]["engineer_id"]
    ids = {row["engineer_id"] for row in json.loads((tmp_path / "a" / "findings.json").read_text())}
    assert ada in ids


def test_a_name_that_two_people_have_is_neither_of_theirs(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.engineers set name = 'Ada Abel'")

    _pseudonymised(built, tmp_path, ("csv",))

    rows = _rows(tmp_path / "csv" / "engineers.csv")
    assert len({row["engineer_id"] for row in rows}) == 2
    assert {row["name"][:2] for row in rows} == {"n-"}


def test_who_has_the_key_resolves_people_accounts_addresses_and_findings(
    built: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.findings set finding_id = md5(finding_id)")
    _pseudonymised(built, tmp_path, ("csv",))
    [row, *_] = _rows(tmp_path / "csv" / "identities.csv")
    [finding, *_] = _rows(tmp_path / "csv" / "findings.csv")
    ip = _rows(tmp_path / "csv" / "sessions.csv")[0]["source_ip"]

    with connect(built, "original") as connection:
        account = resolved(connection, KEY, row["account"])
        address = resolved(connection, KEY, ip)
        decided = resolved(connection, KEY, finding["finding_id"])
        with pytest.raises(ConfigurationError, match="Nothing that is published"):
            resolved(connection, PseudonymKey(b"another!" * 4), row["account"])

    assert account["account"] in {"aabel", "bcosta", "=cmd|' /C calc'!A0"}
    assert address == {"source_ip": "10.0.0.1"}
    assert len(decided["finding_id"]) == 32
