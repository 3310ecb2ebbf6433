"""The shared part of the work beside other engines in one run: sessions, overlap, bursts, drift.

Makes events, shifts and two lists of permissions, and has each engine do the same with them, in a
process of its own: sessions by account and resource (a gap of 30 minutes ends one); seconds of each
within and outside the merged shifts of its engineer, grace included; bursts of 10 failed log-ins in
15 minutes; what differs between the two lists. Whole results are compared before a figure is printed.

    pip install duckdb polars chdb pandas pyarrow   # what is compared; the project needs the first alone
    python benchmarks/peers.py /tmp/bench-peers --events 10_000_000
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engines import ENGINES
from measure import Stopwatch, number

PARTS = ("sessions", "overlap", "bursts", "drift")
_MAKE = {
    # Twenty events a session, of which some pause for just as long as a session may, or longer by
    # a second; of every tenth session all are log-ins, and of each twentieth of these all failed.
    "events": """
with numbered as (select j, j // 20 as session, j % 20 as k from range({events}) as numbers(j))
select printf('e%03d', hash(session, 1) % 200) as account, printf('node-%03d', hash(session, 2) % 100) as resource,
    timestamp '2026-01-05' + to_seconds((session * 2592000 // ({events} // 20 + 1) + k * 40
        + if(k >= 10, [0, 0, 1760, 1761][session % 4 + 1], 0))::bigint)
        + to_microseconds((if(session % 4 = 2, 0, hash(j, 3) % 30000000))::bigint) as occurred_at,
    session % 10 <> 0 as is_member, session % 200 = 0 or (session % 10 = 0 and k = 0) as is_failed_login
from numbered
order by occurred_at, j
""",
    # For each of 20 schedules two people share a week, day and night.
    "shifts": """
select printf('e%03d', hash(schedule, day // 7, half) % 200) as engineer, schedule,
    timestamp '2026-01-05' + to_days(day::integer) + to_hours(half * 12) as started_at,
    started_at + interval 12 hours as ended_at
from range(20) as schedules(schedule), range(31) as days(day), range(2) as halves(half)
""",
    **{
        f"rights-{n}": f"""
select 'account' || i // 20 as account, 'resource-' || hash(i) % 1000 as resource, 'permission' || i % 20 as permission
from range({{events}} // 10) as numbers(i)
where hash(i, 'missing') % 100 <> {n}
"""
        for n in (1, 2)
    },
}


def main() -> None:
    """Make the input, have every engine do the work, compare, and print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=number, default=1_000_000)
    parser.add_argument("--one", choices=ENGINES, help="do the work with this engine only, as JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.folder, asked.one)))
        return
    make(asked.folder, asked.events)
    results = {}
    for engine in ENGINES:
        results[engine] = _child(asked.folder, engine)
        print(f"{engine} done", file=sys.stderr, flush=True)
    compare(results)
    print("\n".join(table(results)))


def make(folder: Path, events: int) -> None:
    """Write the Parquet files that every engine reads."""
    # Not for the others: no engine but DuckDB shall carry it.
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 2}) as connection:
        for name, query in _MAKE.items():
            path = folder / f"{name}.parquet"
            connection.execute(f"copy ({query.format(events=events)}) to '{path}'")


def measured(folder: Path, engine: str) -> dict[str, Any]:
    """Do the work with one engine; return laps, and how many rows of which digest each part gave."""
    watch = Stopwatch()
    run = import_module(f"engines.{engine}").run
    watch.lap("start-up")
    answers = {}
    for part, rows in run(folder):
        watch.lap(part)
        answers[part] = digest(rows())
        # Begins the next lap after the rows are compared.
        watch.lap("compare")
    return {"laps": watch.laps, "answers": answers}


def digest(rows: Iterable[tuple[Any, ...]]) -> tuple[int, str]:
    """Return how many rows there are, and a hash of all of them in order."""
    lines = sorted("\t".join(map(str, row)) for row in rows)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def compare(results: dict[str, dict[str, Any]]) -> None:
    """Exit unless all engines gave the same rows of each part, and some."""
    for part in PARTS:
        given = {engine: tuple(result["answers"][part]) for engine, result in results.items()}
        if len(set(given.values())) > 1 or not min(given.values())[0]:
            sys.exit(f"Not the same {part}: {given}")


def table(results: dict[str, dict[str, Any]]) -> list[str]:
    """Return a Markdown table: seconds by part, in all, of processor, and peak memory."""
    lines = [
        f"| engine | {' | '.join(PARTS)} | in all, s | of processor, s | peak MB |",
        "|---|" + "---:|" * (len(PARTS) + 3),
    ]
    for engine, result in results.items():
        laps = [result["laps"][part] for part in PARTS]
        seconds = " | ".join(f"{lap['seconds']:.2f}" for lap in laps)
        total, worked = (sum(lap[it] for lap in laps) for it in ("seconds", "processor"))
        peak = max(lap["peak_mb"] for lap in laps)
        lines.append(f"| {_named(engine)} | {seconds} | {total:.2f} | {worked:.2f} | {peak:.0f} |")
    counts = next(iter(results.values()))["answers"]
    found = ", ".join(f"{count:,} rows of {part}" for part, (count, _) in counts.items())
    return [*lines, "", f"Every engine gave the same {found}."]


def _named(engine: str) -> str:
    name = ENGINES[engine]
    package = engine.partition("_")[0]
    return name if package == "python" else f"{name} {version(package)}"


def _child(folder: Path, engine: str) -> dict[str, Any]:
    command = [sys.executable, __file__, str(folder), "--one", engine]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{engine} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
