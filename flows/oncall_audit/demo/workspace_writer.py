"""Writes the whole workspace of the invented organisation, and the answers beside it."""

from __future__ import annotations

from pathlib import Path

from oncall_audit.demo.answers import Answers, to_document
from oncall_audit.demo.model import World
from oncall_audit.demo.organisation import build
from oncall_audit.demo.writers.aws_iam import write_aws_iam
from oncall_audit.demo.writers.cloudtrail import write_cloudtrail
from oncall_audit.demo.writers.cloudtrail_digests import write_digests
from oncall_audit.demo.writers.configuration import write_configuration
from oncall_audit.demo.writers.exports import write_exports
from oncall_audit.demo.writers.files import write_json
from oncall_audit.demo.writers.pagerduty import write_pagerduty
from oncall_audit.demo.writers.postgresql import write_postgresql
from oncall_audit.demo.writers.sshd import write_sshd
from oncall_audit.demo.writers.teleport import write_teleport


def write_demo(root: Path, *, seed: int = 7, days: int = 35, engineers: int = 24) -> Answers:
    """Write a complete workspace into `root`: the same seed gives the same bytes."""
    world = build(seed, days, engineers)
    write_configuration(world, root)
    events = write_sshd(world, root)
    events += write_postgresql(world, root)
    events += write_teleport(world, root)
    events += write_cloudtrail(world, root)
    write_digests(world, root)
    write_pagerduty(world, root)
    write_exports(world, root)
    write_aws_iam(world, root)
    answers = _answers(world, events)
    write_json(root / "answers.json", to_document(answers), indent=1)
    return answers


def _answers(world: World, events: int) -> Answers:
    return Answers(
        since=world.since,
        until=world.until,
        planted=tuple(sorted(world.answers, key=lambda each: (each.rule_id, each.around))),
        look_alikes=tuple(sorted(world.look_alikes, key=lambda each: each.around)),
        log_events=events,
    )
