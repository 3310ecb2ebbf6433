"""Writes Teleport's audit events, one JSON record a line and one file a day."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from oncall_audit.demo.changes import Credential, GatewayEvent
from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.writers.files import spread, utc, uuid, write_lines

_COMMANDS = (
    ("systemctl", "/usr/bin/systemctl", ["status", "app"]),
    ("tail", "/usr/bin/tail", ["-n", "200", "/var/log/app/app.log"]),
    ("kubectl", "/usr/local/bin/kubectl", ["get", "pods", "-n", "app"]),
    ("df", "/usr/bin/df", ["-h"]),
    ("grep", "/usr/bin/grep", ["-c", "ERROR", "/var/log/app/app.log"]),
)
_QUERIES = ("select count(*) from events", "select * from loads order by id desc limit 10")


_RETRY = timedelta(minutes=15)


def write_teleport(world: World, root: Path) -> int:
    """Write the logs below `root` and return the number of events."""
    days: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    own = sorted((a for a in world.accesses if a.system == "teleport"), key=_start)
    for made, is_first in zip(own, _needs_login(world, own), strict=True):
        for event in _access(world, made, is_first=is_first):
            days[event["time"][:10]].append(event)
    for failure in world.failures:
        if failure.system == "teleport":
            event = _refused(world, failure)
            days[event["time"][:10]].append(event)
    for given in world.gateway_events:
        event = _given(world, given)
        days[event["time"][:10]].append(event)
    for day, events in days.items():
        events.sort(key=lambda each: str(each["time"]))
        write_lines(root / "logs" / "teleport" / f"{day}.log", events)
    return sum(map(len, days.values()))


def _start(made: Access) -> datetime:
    return made.started_at


def _needs_login(world: World, accesses: list[Access]) -> Iterator[bool]:
    """Tell of each access whether a log-in stands before it: certificates last for ten hours."""
    failed: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for failure in world.failures:
        if failure.system == "teleport":
            failed[failure.account, failure.address].append(failure.at)
    last: dict[tuple[str, str, Credential], datetime] = {}
    for made in accesses:
        key = (made.account, made.address, made.credential)
        long_ago = made.started_at - timedelta(hours=10)
        is_retry = any(timedelta() < made.started_at - at < _RETRY for at in failed[key[:2]])
        if made.account.startswith("bot-"):
            yield False
        elif is_retry or last.get(key, long_ago) <= long_ago:
            last[key] = made.started_at
            yield True
        else:
            yield False


def _event(world: World, kind: str, code: str, at: datetime, who: str) -> dict[str, Any]:
    return {
        "ei": 0,
        "event": kind,
        "code": code,
        "uid": uuid(world.random),
        "time": f"{utc(at.replace(microsecond=0))[:-1]}.{at.microsecond // 1000:03d}Z",
        "cluster_name": "teleport.example.com",
        "user": who,
    }


def _remote(world: World, address: str) -> dict[str, str]:
    return {"addr.remote": f"{address}:{world.random.randint(32768, 60999)}"}


def _login(world: World, who: str, address: str, at: datetime, *, ok: bool) -> dict[str, Any]:
    return {
        **_event(world, "user.login", "T1000I" if ok else "T1000W", at, who),
        "method": "local",
        "success": ok,
        **_remote(world, address),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
    }


def _refused(world: World, failure: LoginFailure) -> dict[str, Any]:
    told = _login(world, failure.account, failure.address, failure.at, ok=False)
    return {**told, "error": "invalid credentials"}


def _accepted(world: World, made: Access) -> dict[str, Any]:
    before = made.started_at - timedelta(seconds=8)
    told = _login(world, made.account, made.address, before, ok=True)
    if made.credential.has_factor:
        told["mfa_device"] = {
            "mfa_device_name": "security-key",
            "mfa_device_type": "WebAuthn",
            "mfa_device_uuid": f"{sum(map(ord, made.account)):08x}-0000-4000-b000-000000000001",
        }
    return {**told, "method": made.credential.method, **_device(made)}


def _device(made: Access) -> dict[str, Any]:
    """Return the registered device that a log-in or a session came from, if it was one."""
    if not made.credential.key:
        return {}
    return {"trusted_device": {"device_id": made.credential.key, "os_type": 2}}


def _given(world: World, given: GatewayEvent) -> dict[str, Any]:
    # By a chance of its own: what is given moves nothing that is used.
    own = replace(world, random=Random(str(given)))  # noqa: S311
    event = _event(own, given.event, given.code, given.at, given.account or "")
    if given.account is None:
        del event["user"]
    return {**event, **given.told}


def _access(world: World, made: Access, *, is_first: bool) -> Iterator[dict[str, Any]]:
    if is_first:
        yield _accepted(world, made)
    yield from _database(world, made) if made.form == "db" else _shell(world, made)


def _shell(world: World, made: Access) -> Iterator[dict[str, Any]]:
    session = {
        "sid": uuid(world.random),
        "login": "ec2-user",
        "namespace": "default",
        "server_id": f"{sum(map(ord, made.target)):08x}-0000-4000-a000-000000000001",
        "server_hostname": made.target,
        "server_labels": {"env": "production"},
        "proto": "ssh",
        **_remote(world, made.address),
        **_device(made),
    }
    start, end, who = made.started_at, made.ended_at, made.account
    recording = "off" if made.form == "unrecorded" else "node-sync"
    yield {
        **_event(world, "session.start", "T2000I", start, who),
        **session,
        "size": "120:40",
        "session_recording": recording,
    }
    for number, at in enumerate(spread(start, end, made.actions + len(made.said))):
        program, path, arguments = (
            world.random.choice(_COMMANDS)
            if number < made.actions
            else _typed(made.said[number - made.actions])
        )
        yield {
            **_event(world, "session.command", "T4000I", at, who),
            "ei": number + 1,
            "sid": session["sid"],
            "login": session["login"],
            "server_id": session["server_id"],
            "server_hostname": made.target,
            "program": program,
            "path": path,
            "argv": arguments,
            "return_code": 0,
        }
    yield {
        **_event(world, "session.end", "T2004I", end, who),
        **session,
        "interactive": made.form != "exec",
        "session_recording": recording,
        "participants": [who],
        # Nine digits, as the gateway writes these two.
        "session_start": f"{utc(start)[:-1]}.000000211Z",
        "session_stop": f"{utc(end)[:-1]}.000000407Z",
    }
    if made.form not in ("unrecorded", "lost_recording", "exec"):
        yield from _uploaded(world, made, str(session["sid"]))


def _uploaded(world: World, made: Access, sid: str) -> Iterator[dict[str, Any]]:
    """Yield that the recording lies in its store; nobody does it, so it names no user."""
    # By a chance of its own: a recording moves nothing of the sessions after it.
    own = replace(world, random=Random(sid))  # noqa: S311
    late = timedelta(hours=5) if made.form == "late_recording" else timedelta()
    at = made.ended_at + late + timedelta(seconds=own.random.randint(5, 90))
    if at < world.until:
        event = _event(own, "session.upload", "T2005I", at, "")
        del event["user"]
        url = f"s3://example-recordings/{sid}.tar"
        yield {**event, "ei": 2147483647, "sid": sid, "url": url}


def _typed(command: str) -> tuple[str, str, list[str]]:
    path, *arguments = shlex.split(command)
    return path.rpartition("/")[2], path, arguments


def _database(world: World, made: Access) -> Iterator[dict[str, Any]]:
    session = {
        "sid": uuid(world.random),
        "db_service": made.target,
        "db_protocol": "postgres",
        "db_uri": f"{made.target}.internal.example.com:5432",
        "db_name": "main",
        "db_user": "reader",
    }
    who = made.account
    yield {
        **_event(world, "db.session.start", "TDB00I", made.started_at, who),
        **session,
        "success": True,
        **_remote(world, made.address),
    }
    times = spread(made.started_at, made.ended_at, made.actions + len(made.said))
    for number, at in enumerate(times):
        is_usual = number < made.actions
        told = world.random.choice(_QUERIES) if is_usual else made.said[number - made.actions]
        query = {"db_query": told, "success": True}
        yield {**_event(world, "db.session.query", "TDB02I", at, who), **session, **query}
    yield {**_event(world, "db.session.end", "TDB01I", made.ended_at, who), **session}
