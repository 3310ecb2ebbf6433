"""Audits a folder of other people's sample logs, and compares what came out with independent readings of them.

The folder holds one folder a source (`aws_cloudtrail`, `linux_auth`, `postgresql`, `teleport`), each with log
files and, under `oracle/<same name>.jsonl`, what another program read in that file: a byte offset or a
message to find the record by, and its time, user, address, action and outcome as far as that program reads them.

    python benchmarks/real_samples.py SAMPLES /tmp/real-workspace
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit.warehouse.connection import connect_published

SOURCES = {
    "aws_cloudtrail": ("aws_cloudtrail", "aws"),
    "linux_auth": ("sshd", "linux"),
    "postgresql": ("postgresql", "postgresql"),
    "teleport": ("teleport", "teleport"),
}
_FIELDS = ("time", "user", "source_ip", "action", "outcome")


def main() -> None:
    """Make the workspace, audit it, and print totals and agreement."""
    samples, root = (Path(argument).resolve() for argument in sys.argv[1:3])
    make_workspace(samples, root)
    command = [sys.executable, "-m", "oncall_audit", "run", "--workspace", str(root)]
    command += ["--since", "2017-01-01", "--full-refresh"]
    done = subprocess.run(command, check=False)
    print(f"exit status of the run: {done.returncode}")
    with connect_published(root / "data/publication/audit.duckdb") as published:
        _print_totals(published)
        _print_agreement(published, samples)


def make_workspace(samples: Path, root: Path) -> None:
    """Write a workspace over the sample logs, with one invented engineer in its directory."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    lines = ["organisation: Samples", "time_zone: UTC", "sources:"]
    for folder, (kind, system) in SOURCES.items():
        # The oracles lie in a folder below: a glob names the log files alone.
        lines.append(
            f"  {folder}: {{type: {kind}, path: '{samples / folder}/*.*', system: {system}}}"
        )
    lines.append("  directory: {type: generic, kind: directory, path: directory-2026-01-01.json}")
    (root / "oncall-audit.yml").write_text("\n".join(lines) + "\n")
    (root / "policy.yml").write_text(
        "services:\n  production: {tier: 1, owner_teams: [platform], schedules: [Platform]}\n"
        "resources:\n  accounts: {kind: cloud, service: production, tier: 1, owner_team: platform,"
        " names: ['aws:*']}\n"
    )
    person = {
        "engineer_id": "e1",
        "name": "Ada Abel",
        "email": "ada@example.com",
        "team": "platform",
    }
    person |= {"accounts": [{"system": "aws", "account": "bert-jan", "kind": "human"}]}
    (root / "directory-2026-01-01.json").write_text(json.dumps([person]))


def _print_totals(published: duckdb.DuckDBPyConnection) -> None:
    print("\n| source | files | records | landed | duplicate | ignored | quarantined |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    totals = published.execute(
        "select source_name, count(*), sum(records), sum(records - duplicates - ignored - quarantined),"
        " sum(duplicates), sum(ignored), sum(quarantined)"
        " from audit.log_batches group by all order by 1"
    ).fetchall()
    for row in totals:
        print("| " + " | ".join(str(value) for value in row) + " |")


def _print_agreement(published: duckdb.DuckDBPyConnection, samples: Path) -> None:
    print("\n| source | field | agree | of | disagreements |\n|---|---|---:|---:|---|")
    for folder in SOURCES:
        agree: Counter[str] = Counter()
        total: Counter[str] = Counter()
        absent: Counter[str] = Counter()
        wrong: dict[str, list[str]] = {field: [] for field in _FIELDS}
        for path in sorted((samples / folder).glob("*.*")):
            for line, said in _readings(path, samples / folder / "oracle" / f"{path.name}.jsonl"):
                ours = _event(published, path, line)
                if not ours:
                    absent[_fate(published, path)] += 1
                    continue
                for field, value in said.items():
                    total[field] += 1
                    if ours.get(field) == value:
                        agree[field] += 1
                    else:
                        wrong[field].append(
                            f"{path.name[-40:]}:{line} {value!r} not {ours.get(field)!r}"
                        )
        for field in [f for f in _FIELDS if total[f]]:
            shown = "; ".join(wrong[field][:4]) + ("; …" if len(wrong[field]) > 4 else "")
            print(f"| {folder} | {field} | {agree[field]} | {total[field]} | {shown} |")
        for fate, count in absent.items():
            print(f"| {folder} | (no event) | | {count} | {fate} |")


def _fate(published: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Say why a record of this file is no event: what of the file's records was not landed."""
    row = published.execute(
        "select sum(duplicates), sum(ignored), sum(quarantined) from audit.log_batches where path like ?",
        [f"%{path.name}"],
    ).fetchone()
    names = ("duplicate", "ignored", "quarantined")
    return " or ".join(n for n, count in zip(names, row or (), strict=False) if count) or "lost"


def _event(published: duckdb.DuckDBPyConnection, path: Path, line: int) -> dict[str, Any]:
    row = published.execute(
        "select occurred_at, account, source_ip, action, outcome from audit.access_events"
        " where raw_file like ? and raw_line = ?",
        [f"%{path.name}", line],
    ).fetchone()
    return dict(zip(_FIELDS, row, strict=True)) if row else {}


def _readings(path: Path, oracle: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, what the other program read there) for every record that it read."""
    if not oracle.exists():
        return
    body = path.read_bytes()
    lines = body.decode(errors="replace").split("\n")
    taken: set[tuple[str, int]] = set()
    for record in map(json.loads, oracle.read_text().splitlines()):
        if "offset" in record:
            # A record of a CSV file is found by its number, for it may span lines.
            number = record["i"] + 1 if ".csv" in path.name else None
            yield number or body[: record["offset"]].count(b"\n") + 1, _of_beats(record, path)
        elif "parsed_message" in record:
            line = _line_of(record, lines, taken)
            yield line, _of_crowdsec(record)


def _line_of(record: dict[str, Any], lines: list[str], taken: set[tuple[str, int]]) -> int:
    for number, line in enumerate(lines, start=1):
        if record["parsed_message"] in line and (record["stage"], number) not in taken:
            taken.add((record["stage"], number))
            return number
    return 0


def _of_beats(record: dict[str, Any], path: Path) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if "time" in record:
        said["time"] = datetime.fromisoformat(record["time"].rstrip("Z"))
    if record.get("ssh_event") or record.get("sudo_command") or "postgresql" in str(path):
        said |= {key: record[key] for key in ("user", "source_ip", "outcome") if key in record}
    if "sudo_command" in record:
        said["action"] = "sudo"
    return said


def _of_crowdsec(record: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"source_ip": record["source_ip"]}
    said["user"] = record.get("target_user") or record.get("user")
    if re.match(r"\d{4}-", record.get("parsed_timestamp", "")):
        said["time"] = datetime.fromisoformat(record["parsed_timestamp"])
    return said


if __name__ == "__main__":
    main()
