"""Plants what was done to the trail's files after delivery, and what only resembles it."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.demo.answers import Answer, LookAlike
from oncall_audit.demo.changes import DigestFault, Fault
from oncall_audit.demo.inventory import CLOUDS, REGION
from oncall_audit.demo.model import World

# Accounts whose trail is validated, since which day, and when in the hour its digests end.
TRAILS = {
    CLOUDS["payments"]: (0, timedelta(minutes=1, seconds=31)),
    CLOUDS["platform"]: (14, timedelta(minutes=14, seconds=5)),
}
_HOUR = timedelta(hours=1)


def digest_name(account: str, ended_at: datetime) -> str:
    """Return the name that AWS gives a digest."""
    stamp = ended_at.strftime("%Y%m%dT%H%M%SZ")
    return f"{account}_CloudTrail-Digest_{REGION}_main_{REGION}_{stamp}.json.gz"


def digest_times(world: World, account: str) -> list[datetime]:
    """Return the ends of the hours of which a trail has a digest, sorted."""
    day, past = TRAILS[account]
    first = world.since + timedelta(days=day) + past
    hours = int((world.until - first) / _HOUR)
    return [first + number * _HOUR for number in range(1, hours + 1)]


def plant_digests(world: World) -> None:
    """Plant everything of this module."""
    payments, platform = TRAILS
    # At these hours AWS itself always calls, so that there is a file to rewrite.
    _fault(world, payments, 8, 9, "rewritten", "A record was taken out of a file of the trail.")
    _fault(world, payments, 20, 15, "missing", "Two files of the trail were removed.")
    _fault(world, platform, 18, 12, "absent", "A digest was removed.")
    _fault(world, platform, 26, 3, "changed", "A digest was made to name no files.")
    _resemble(
        world,
        "validation_switched_on",
        digest_times(world, platform)[0] - _HOUR,
        "The first digest of a chain has none before it.",
    )
    _resemble(
        world,
        "hour_without_a_log_file",
        digest_times(world, payments)[4],
        "Nothing happened, and a digest says so.",
    )
    last = digest_times(world, payments)[-1]
    world.digest_faults.append(DigestFault(payments, last, "missing"))
    _resemble(
        world,
        "log_file_not_copied_yet",
        last - _HOUR,
        "A digest may be ahead of what it names by two hours.",
    )


def _fault(world: World, account: str, day: int, hour: int, kind: Fault, note: str) -> None:
    past = TRAILS[account][1]
    ended_at = world.since + timedelta(days=day, hours=hour + 1) + past
    fault = DigestFault(account, ended_at, kind)
    world.digest_faults.append(fault)
    source = digest_name(account, ended_at).removesuffix(".gz")
    if kind in ("rewritten", "missing"):
        source = f"AWSLogs/{account}/CloudTrail/{REGION}/{ended_at - _HOUR:%Y/%m/%d}"
    around = ended_at if kind in ("absent", "changed") else ended_at - _HOUR / 2
    world.answers.append(
        Answer("log_digest_failed", None, None, "aws", None, around, note, source=source)
    )


def _resemble(world: World, name: str, around: datetime, why: str) -> None:
    world.look_alikes.append(LookAlike(name, None, None, "aws", None, around, why))
