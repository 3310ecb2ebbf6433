"""Plants what people do to the logs, what is lost of them, and what only resembles it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.answers import Answer
from oncall_audit.demo.inventory import CLOUDS
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.planted_behaviour import Wanted, quiet_hour, work
from oncall_audit.demo.records import plant, request, resemble


def plant_trails(world: World) -> None:
    """Plant everything of this module."""
    _trails(world)
    _recordings(world)
    _late(world)
    _halves(world)


def _trail(call: str) -> str:
    return f"cloudtrail:{call} {json.dumps({'name': 'main'})}"


def _trails(world: World) -> None:
    tag = "audit_disabled"
    planted: tuple[Wanted, ...] = (
        (
            "Platform primary", "aws", "platform-cloud", 9,
            (_trail("StopLogging"), _trail("StartLogging")),
        ),
        (
            "Data primary", "linux", "data-hosts", 11,
            ("/usr/bin/systemctl stop auditd", "/usr/bin/systemctl start auditd"),
        ),
        ("Payments primary", "postgresql", "payments-db", 28, ("alter system reset pgaudit.log",)),
        ("Platform primary", "teleport", "platform-hosts", 25, ("/usr/sbin/service rsyslog stop",)),
    )  # fmt: skip
    for wanted in planted:
        plant(world, tag, work(world, wanted, tag), f"{wanted[-1][0]}, by hand.")
    watched = ("/usr/bin/systemctl status auditd", "/usr/bin/systemctl restart rsyslog")
    made = work(world, ("Platform primary", "linux", "platform-hosts", 14, watched), "benign")
    resemble(world, "logging_looked_after", made, "Looked at and started again, never stopped.")
    _change_by_program(world)


def _change_by_program(world: World) -> None:
    wanted: Wanted = ("Platform primary", "aws", "platform-cloud", 16, ())
    engineer_id, at = quiet_hour(world, wanted)
    others = [e.engineer_id for e in world.members("platform") if e.engineer_id != engineer_id]
    start = at - timedelta(minutes=5)
    why = "Change of the trail by code"
    request(world, (engineer_id, others[0]), "platform-cloud", start, hours=1, reason=why)
    made = Access(
        system="aws",
        account="terraform",
        engineer_id=None,
        target=CLOUDS["platform"],
        resource_id=None,
        started_at=at,
        ended_at=at + timedelta(minutes=4),
        actions=3,
        address="192.0.2.20",
        form="user",
        tag="benign",
        said=(_trail("UpdateTrail"),),
    )
    world.accesses.append(made)
    resemble(world, "trail_changed_by_code", made, "A program, within an approved request.")


def _recordings(world: World) -> None:
    tag = "recording_missing"
    for schedule, first, form, note in (
        ("Payments primary", 6, "unrecorded", "Recording was switched off."),
        ("Search primary", 15, "lost_recording", "No recording was ever uploaded."),
        ("Data primary", 22, "unrecorded", "Recording was switched off."),
    ):
        resource_id = f"{schedule.partition(' ')[0].lower()}-hosts"
        wanted: Wanted = (schedule, "teleport", resource_id, first, ())
        plant(world, tag, work(world, wanted, tag, form), note)
    for name, first, form, why in (
        ("recording_uploaded_later", 4, "late_recording", "Uploaded five hours after its end."),
        ("single_command", 18, "exec", "One command without a terminal has nothing to replay."),
    ):
        wanted = ("Platform primary", "teleport", "platform-hosts", first, ())
        resemble(world, name, work(world, wanted, "benign", form), why)


def _late(world: World) -> None:
    tag = "log_late"
    for schedule, first in (("Data primary", 4), ("Platform primary", 19)):
        made = _delayed(world, schedule, first, 24, timedelta(hours=52), tag)
        note = "A file with more than a hundredth of the day came two days later."
        day = datetime.combine(made.started_at.date(), datetime.min.time(), made.started_at.tzinfo)
        world.answers.append(
            Answer(tag, None, None, "aws", None, day + timedelta(hours=12), note, "cloudtrail")
        )
    made = _delayed(world, "Payments primary", 16, 12, timedelta(hours=9), "benign")
    resemble(world, "file_of_the_next_morning", made, "Nine hours late: a retry.")
    made = _delayed(world, "Search primary", 23, 2, timedelta(hours=80), "benign")
    resemble(world, "straggler", made, "Days late, but two records only.")


def _halves(world: World) -> None:
    sources = {"linux": "host_permissions", "postgresql": "database_permissions"}
    for system, night in sorted(world.partial_exports):
        note = "A list of rights of which a part is missing."
        world.answers.append(
            Answer("log_gap", None, None, system, None, night, note, sources[system])
        )


def _delayed(
    world: World, schedule: str, first: int, actions: int, delay: timedelta, tag: str
) -> Access:
    resource_id = f"{schedule.partition(' ')[0].lower()}-cloud"
    wanted: Wanted = (schedule, "aws", resource_id, first, ())
    made = work(world, wanted, tag, actions=actions)
    made = world.accesses[-1] = replace(made, delay=delay)
    return made
