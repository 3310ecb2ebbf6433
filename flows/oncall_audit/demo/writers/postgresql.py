"""Writes two database servers: one as csvlog with pgaudit, one as plain text."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.writers.files import spread, write_text

_STATEMENTS = (
    ("READ", "SELECT", "orders", "select id, state from orders where id = $1"),
    ("READ", "SELECT", "customers", "select count(*)\n  from customers\n where created_at > now()"),
    ("WRITE", "UPDATE", "orders", "update orders set state = 'checked' where id = $1"),
    ("READ", "SELECT", "queue", 'select * from "queue" limit 20'),
)
_CLASSES = {
    "select": ("READ", "SELECT"),
    "copy": ("READ", "SELECT"),
    "alter": ("DDL", "ALTER SYSTEM"),
    "truncate": ("WRITE", "TRUNCATE TABLE"),
}


@dataclass(frozen=True, slots=True)
class _Record:
    """One record, before it takes one of the two forms."""

    at: datetime
    severity: str
    message: str
    account: str = ""
    database: str = ""
    process: int = 0
    source: str = ""
    started_at: datetime | None = None
    number: int = 1
    command: str = ""
    state: str = "00000"
    detail: str = ""
    application: str = field(default="")


def write_postgresql(world: World, root: Path) -> int:
    """Write the logs below `root` and return the number of records."""
    days: defaultdict[tuple[str, str], list[_Record]] = defaultdict(list)
    total = 0
    for record in _records(world):
        days[record.database, record.at.strftime("%Y-%m-%d")].append(record)
        total += 1
    folder = root / "logs" / "postgresql"
    for (database, day), records in sorted(days.items()):
        records.sort(key=lambda each: (each.at, each.process, each.number))
        name = f"postgresql-{day}_000000"
        if database == "payments":
            write_text(folder / "payments" / f"{name}.csv", _as_csv(records))
        else:
            text = "".join(map(_as_text, records))
            write_text(folder / "search" / f"{name}.log", text)
    return total


def _records(world: World) -> Iterator[_Record]:
    process = 4000
    for made in world.accesses:
        if made.system == "postgresql":
            process += world.random.randint(1, 7)
            yield from _session(world, made, process)
    for failure in world.failures:
        if failure.system == "postgresql":
            process += world.random.randint(1, 7)
            yield from _failure(failure, process)


def _session(world: World, made: Access, process: int) -> Iterator[_Record]:
    port = world.random.randint(32768, 60999)
    source, start = f"{made.address}:{port}", made.started_at
    is_program = made.account.startswith("app_")
    application = "app" if is_program else "psql"

    def record(at: datetime, message: str, number: int, command: str) -> _Record:
        return _Record(
            at,
            "LOG",
            message,
            made.account,
            made.target,
            process,
            source,
            start,
            number,
            command,
            application=application,
        )

    who = f"user={made.account} database={made.target}"
    yield record(
        start + timedelta(milliseconds=40),
        f"connection authorized: {who} application_name={application}",
        1,
        "authentication",
    )
    times = spread(start, made.ended_at, made.actions + len(made.said))
    for number, at in enumerate(times, start=1):
        kind, command, table, statement = (
            world.random.choice(_STATEMENTS)
            if number <= made.actions
            else _told(made.said[number - made.actions - 1])
        )
        if made.target == "payments":
            quoted = '"' + statement.replace('"', '""') + '"'
            what = f"TABLE,public.{table}" if table else ","
            audited = f"{number},1,{kind},{command},{what},{quoted},<not logged>"
            message = f"AUDIT: SESSION,{audited}"
        else:
            message = f"statement: {statement}"
        yield record(at, message, number + 1, command)
    length = str(made.ended_at - start)
    yield record(
        made.ended_at,
        f"disconnection: session time: {length}.000 {who} host={made.address} port={port}",
        made.actions + len(made.said) + 2,
        "idle",
    )


def _told(statement: str) -> tuple[str, str, str, str]:
    """Return class, command and table of a statement as pgaudit names them, and itself."""
    kind, command = _CLASSES[statement.partition(" ")[0]]
    found = re.search(r"\b(?:from|copy|table) (\w+)", statement)
    return kind, command, found[1] if found else "", statement


def _failure(failure: LoginFailure, process: int) -> Iterator[_Record]:
    yield _Record(
        failure.at,
        "FATAL",
        f'password authentication failed for user "{failure.account}"',
        failure.account,
        failure.target,
        process,
        f"{failure.address}:{41000 + process % 9000}",
        failure.at,
        1,
        "authentication",
        "28P01",
        'Connection matched pg_hba.conf line 97: "hostssl all all 0.0.0.0/0 scram-sha-256"',
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} UTC"


def _as_csv(records: list[_Record]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for record in records:
        start = record.started_at or record.at
        writer.writerow(
            [
                _moment(record.at),
                record.account,
                record.database,
                record.process,
                record.source,
                f"{int(start.timestamp()):x}.{record.process:x}",
                record.number,
                record.command,
                f"{start:%Y-%m-%d %H:%M:%S} UTC",
                f"{record.process % 60 + 3}/{record.number}",
                0,
                record.severity,
                record.state,
                record.message,
                record.detail,
                *([""] * 7),
                record.application,
                "client backend",
            ]
        )
    return text.getvalue()


def _as_text(record: _Record) -> str:
    head = f"{_moment(record.at)} [{record.process}] {record.account}@{record.database} "
    # What does not fit one line goes on after a tab.
    message = record.message.replace("\n", "\n\t")
    if record.message.startswith("connection authorized"):
        host, port = record.source.rsplit(":", 1)
        received = f"{_moment(record.at - timedelta(milliseconds=20))} [{record.process}] "
        message_before = f"[unknown]@[unknown] LOG:  connection received: host={host} port={port}\n"
        return f"{received}{message_before}{head}LOG:  {message}\n"
    detail = f"{head}DETAIL:  {record.detail}\n" if record.detail else ""
    return f"{head}{record.severity}:  {message}\n{detail}"
