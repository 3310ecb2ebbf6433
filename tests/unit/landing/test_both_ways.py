"""The quick and the careful way give the same rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail
from oncall_audit.connectors.base import Connector
from oncall_audit.connectors.generic import Generic
from oncall_audit.connectors.postgresql import PostgreSQL
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.connectors.teleport import Teleport
from oncall_audit.landing import readers
from oncall_audit.landing.logs import LogLanding

from .conftest import Zone, cloud_event, records, sshd_line

EVENTS = [cloud_event(n, readOnly=n % 2 == 0, ratio=1.50, big=2**70) for n in range(30)]
CSV = (
    '2024-05-02 09:00:00.123 UTC,"ada","orders",71,"192.0.2.7:4711",66335c80.47,{n},"idle",'
    "2024-05-02 08:59:00 UTC,3/1,0,LOG,00000,"
    '"statement: select 1,\n  ""two""",,,,,,,,,"psql"\n'
)
STDERR = "2024-05-02 09:00:0{n} CEST [71] ada@orders LOG:  statement: select\n\t\t1\n\n\tfrom t\n"
TELEPORT = {
    "event": "session.start",
    "code": "T2000I",
    "time": "2024-05-02T09:00:00.123456789Z",
    "user": "ada",
    "addr.remote": "192.0.2.7:4711",
    "success": True,
}
Made = Callable[[Path], Connector]
CASES: dict[str, tuple[Made, bytes]] = {
    "records": (AwsCloudTrail, records(*EVENTS)),
    "pretty records": (AwsCloudTrail, json.dumps({"Records": EVENTS}, indent=2).encode()),
    "array": (AwsCloudTrail, json.dumps(EVENTS).encode()),
    "pretty array": (AwsCloudTrail, json.dumps(EVENTS, indent=4).encode()),
    "one object": (AwsCloudTrail, json.dumps(EVENTS[0], indent=4).encode()),
    "objects": (AwsCloudTrail, b"\n".join(json.dumps(e, indent=1).encode() for e in EVENTS)),
    "json lines": (AwsCloudTrail, b"\n\n".join(json.dumps(e).encode() for e in EVENTS)),
    "no records": (AwsCloudTrail, b'{"Records": []}'),
    "sshd": (Sshd, "".join(sshd_line(n % 9) for n in range(30)).encode()),
    "sshd continued": (Sshd, (sshd_line(1) + "  more\n\n \tstill\n" + sshd_line(2)).encode()),
    "sshd noise": (Sshd, (sshd_line(1) + sshd_line(2).replace("sshd", "cron")).encode()),
    "sshd rejected": (Sshd, (sshd_line(1) + "db-pay-1 sshd[7]: no time\n").encode()),
    "sshd crlf": (Sshd, (sshd_line(1) + "\n" + sshd_line(2)).replace("\n", "\r\n").encode()),
    "sshd begins with a blank": (Sshd, (" x\n" + sshd_line(1)).encode()),
    "stderr": (PostgreSQL, "".join(STDERR.format(n=n) for n in range(5)).encode()),
    "csvlog": (PostgreSQL, "".join(CSV.format(n=n) for n in range(5)).encode()),
    "teleport": (
        Teleport,
        (json.dumps(TELEPORT) + "\n" + json.dumps({"teleport_log": {"audit": TELEPORT}})).encode(),
    ),
    "csv below a header": (
        partial(Generic, fields={"account": "user", "event_id": "id"}, format="csv"),
        (
            b'more,id,user,occurred_at,action\r\n,1,ada,2024-05-02T09:00:00Z,"a, ""b"""\r\n'
            b"x,2,,2024-05-02T09:00:01Z,\r\n"
        ),
    ),
    "json by a field map": (
        partial(Generic, fields={"account": "who.name"}, format="json"),
        (
            b'{"who": {"name": "ada"}, "occurred_at": 1714640400, "action": "a"}\n'
            b'{"who.name": "bob", "occurred_at": "2024-05-02T09:00:01Z"}'
        ),
    ),
    "empty": (Sshd, b""),
}


def _outcome(zone: Zone, made: Made) -> list[Any]:
    connector = made(zone.inbox)
    landed = zone.land(connector)
    kind = type(connector).__module__.rpartition(".")[2]
    table = {"sshd": "messages", "postgresql": "records"}.get(kind, "events")
    columns = "* exclude (batch_id, raw_file)"
    return [
        (landed.records, landed.landed, landed.duplicates, landed.ignored, landed.quarantined),
        zone.rows(f"{kind}__{table}", columns),
        [found[:1] for found in zone.quarantined()],
    ]


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("case", CASES)
def test_the_same_rows_come_out(
    zone: Zone, case: str, monkeypatch: pytest.MonkeyPatch, *, compressed: bool
) -> None:
    made, content = CASES[case]
    name = "file.gz" if compressed else "file"
    body = gzip.compress(content) if compressed else content
    zone.put(name, body)
    other = Zone(zone.folder.parent / "careful", zone.inbox)

    def never(self: LogLanding, file: Any) -> None:
        raise AssertionError("it was read carefully")

    def always(self: LogLanding, files: list[Any]) -> None:
        raise readers.DoubtError(set(range(len(files))))

    with monkeypatch.context() as patch:
        patch.setattr(LogLanding, "_carefully", never)
        quick = _outcome(zone, made)
    with monkeypatch.context() as patch:
        patch.setattr(LogLanding, "_quickly", always)
        careful = _outcome(other, made)

    assert quick == careful
    assert case in {"empty", "no records"} or quick[0][0] > 0


def test_one_bad_file_among_many_does_not_spoil_the_batch(zone: Zone) -> None:
    for number in range(9):
        zone.put(f"{number}.json", records(cloud_event(number)))
    zone.put("4.json", b'{"Records": [{"eventTime": "2024-05-02T09:00:00Z", "eventID": "a"}, tru]}')

    landed = zone.land(AwsCloudTrail(zone.inbox))

    assert (landed.files, landed.landed, landed.quarantined) == (9, 9, 1)
    assert zone.quarantined() == [(2, "not a JSON object")]


def test_lines_are_numbered_right_across_files_read_together(
    zone: Zone, only_quickly: None
) -> None:
    for number in range(3):
        events = [cloud_event(10 * number + n) for n in range(5)]
        zone.put(f"{number}.json", "\n".join(map(json.dumps, events)))

    zone.land(AwsCloudTrail(zone.inbox))

    shown = zone.rows("aws_cloudtrail__events", "right(raw_file, 6), raw_line, event_id")
    assert [(file, line, int(key[-3:])) for file, line, key in shown] == [
        (f"{number}.json", n + 1, 10 * number + n) for number in range(3) for n in range(5)
    ]


def test_a_window_does_not_matter_for_files(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1))
    later = replace(zone, folder=zone.folder.parent / "later")

    assert zone.land(Sshd(zone.inbox)).landed == later.land(Sshd(zone.inbox)).landed == 1
