"""How long an evidence pack takes, to write and to verify, at 500,000 sessions and 10,000 findings.

oncall-audit demo /tmp/bench-pack
python benchmarks/pack.py /tmp/bench-pack       # multiplies what is published there, in a copy
"""

from __future__ import annotations

import argparse
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from measure import Stopwatch

from oncall_audit.connectors.base import Window
from oncall_audit.evidence.verification import verify
from oncall_audit.pipeline import evidence
from oncall_audit.pipeline.run import Run
from oncall_audit.workspace import Workspace


def main() -> None:
    """Multiply the published tables, pack them, verify the pack, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--sessions", type=int, default=500_000)
    parser.add_argument("--findings", type=int, default=10_000)
    asked = parser.parse_args()
    workspace = Workspace(asked.workspace.resolve())
    told = json.loads((workspace.publication / "run.json").read_text())
    window = Window(*(datetime.fromisoformat(told[name]) for name in ("since", "until")))
    for name, counts in (
        ("as it is", {}),
        ("multiplied", {"sessions": asked.sessions, "findings": asked.findings}),
    ):
        run = Run(workspace, f"benchmark-{len(counts)}", window, datetime.now(UTC))
        watch = Stopwatch()
        prepare(run, counts)
        watch.lap("prepare")
        key = evidence.signing_key(workspace, run.settings)
        evidence.add_pack(run, key, told)
        watch.lap("write")
        pack = run.prepared / "evidence.zip"
        good = verify(pack).is_good
        watch.lap("verify")
        laps = ", ".join(f"{lap} {watch.laps[lap]}" for lap in ("write", "verify"))
        print(f"{name}: {pack.stat().st_size / 1e6:.1f} MB, {laps}, verified: {good}")
        shutil.rmtree(run.prepared)


def prepare(run: Run, counts: dict[str, int]) -> None:
    """Copy the publication, with as many rows in each table as are asked for."""
    shutil.rmtree(run.prepared, ignore_errors=True)
    shutil.copytree(run.workspace.publication, run.prepared)
    (run.prepared / "evidence.zip").unlink()
    database = run.prepared / "audit.duckdb"
    database.chmod(0o600)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as it")
        for table, wanted in counts.items():
            key = f"{table.removesuffix('s')}_id"
            connection.execute(
                f"insert into it.audit.{table} select * exclude (copy) replace (md5({key} || copy) as {key})"
                f" from (select t.*, copy from it.audit.{table} as t, range({wanted}) as c(copy)"
                f" where copy <= {wanted} // (select count(*) from it.audit.{table}))"
            )


if __name__ == "__main__":
    main()
