"""Every saved query says what the published tables say, worked out a second time without SQL."""

from __future__ import annotations

import json
import re
from pathlib import Path

from audits import Audited
from click.testing import CliRunner

from oncall_audit import queries
from oncall_audit.cli.sql import sql

from .asking import SAVED, asked, each_query, rows


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
