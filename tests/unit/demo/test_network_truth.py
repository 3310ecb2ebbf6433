"""Judges where the demo's people come from by its written files and a second reading."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from oncall_audit.demo import Answers, networks
from oncall_audit.demo.model import World

ACCEPTED = re.compile(
    r"(\w{3} [ \d]\d [\d:]{8}) (\S+) sshd\S*: Accepted publickey for (\S+) from (\S+) port"
    r" \d+ ssh2: ED25519 (\S+)"
)


@pytest.fixture(scope="module")
def gateway(root: Path, answers: Answers) -> list[dict[str, Any]]:
    lines = [
        line
        for path in sorted((root / "logs" / "teleport").iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [{**it, "at": datetime.fromisoformat(it["time"])} for it in map(json.loads, lines)]


@pytest.fixture(scope="module")
def keys(root: Path, answers: Answers) -> list[tuple[datetime, str, str, str, str]]:
    """Return (time, host, account, address, key) of every log-in to a host."""
    found = [
        match.groups()
        for path in sorted((root / "logs" / "sshd").rglob("*.log"))
        for match in map(ACCEPTED.match, path.read_text(encoding="utf-8").splitlines())
        if match
    ]
    year = answers.since.year
    return [
        (datetime.strptime(f"{year} {at}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC), *rest)
        for at, *rest in found
    ]


def planted(answers: Answers, rule: str, system: str) -> set[tuple[str | None, datetime]]:
    return {
        (it.account, it.around)
        for it in answers.planted
        if (it.rule_id, it.system) == (rule, system)
    }


def test_only_planted_log_ins_took_a_password_alone(
    root: Path, answers: Answers, gateway: list[dict[str, Any]]
) -> None:
    alone = {
        it["user"]
        for it in gateway
        if it["event"] == "user.login"
        and it["success"]
        and it["method"] == "local"
        and "mfa_device" not in it
    }
    trail = [
        record
        for path in (root / "logs" / "cloudtrail").glob("AWSLogs/*/CloudTrail/**/*.json.gz")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
        if record["eventName"] == "ConsoleLogin"
        and record["responseElements"] == {"ConsoleLogin": "Success"}
        and record["additionalEventData"]["MFAUsed"] == "No"
    ]
    by_kind = {
        kind: {
            it["userIdentity"].get("userName") for it in trail if it["userIdentity"]["type"] == kind
        }
        for kind in ("IAMUser", "AssumedRole")
    }

    assert alone == {who for who, _ in planted(answers, "no_mfa", "teleport")}
    assert by_kind["IAMUser"] == {who for who, _ in planted(answers, "no_mfa", "aws")}
    assert by_kind["AssumedRole"]


def test_only_planted_log_ins_pass_the_gateway_by(
    answers: Answers,
    gateway: list[dict[str, Any]],
    keys: list[tuple[datetime, str, str, str, str]],
    root: Path,
) -> None:
    policy = yaml.safe_load((root / "policy.yml").read_text(encoding="utf-8"))
    (passage,) = map(ip_network, policy["gateways"]["teleport"]["addresses"])
    near = timedelta(minutes=5)
    spans: defaultdict[str, list[datetime]] = defaultdict(list)
    for it in gateway:
        if it.get("server_hostname") == "bak-1" and it["event"].startswith("session."):
            spans[it["user"].partition("@")[0]].append(it["at"])

    past = {
        (account, at)
        for at, host, account, address, _ in keys
        if host == "bak-1"
        and not (
            ip_address(address) in passage
            and spans[account]
            and min(spans[account]) - near <= at <= max(spans[account]) + near
        )
    }

    assert past == planted(answers, "gateway_bypass", "linux")
    assert len([host for _, host, *_ in keys if host == "bak-1"]) == len(past) + 1


def test_only_planted_log_ins_use_what_belongs_to_another_or_to_nobody(
    answers: Answers, world: World, root: Path, keys: list[tuple[datetime, str, str, str, str]]
) -> None:
    listed = {
        (row["engineer_id"], device)
        for path in (root / "exports" / "directory").iterdir()
        for row in json.loads(path.read_text(encoding="utf-8"))
        for device in row.get("devices", ())
    }
    people = {it.account("linux"): who for who, it in world.engineers.items()}

    foreign = {
        (account, at)
        for at, _, account, _, key in keys
        if account in people and (people[account], key) not in listed
    }

    rules = ("first_seen_device", "shared_account", "concurrent_networks")
    known = set().union(*(planted(answers, rule, "linux") for rule in rules))
    assert foreign <= known
    assert planted(answers, "first_seen_device", "linux") <= foreign


def test_only_planted_addresses_are_refused_by_ten_people(world: World, answers: Answers) -> None:
    refused: defaultdict[str, set[str]] = defaultdict(set)
    for failure in world.failures:
        if failure.is_known:
            refused[failure.address].add(failure.account)
    sprayed = {address for address, who in refused.items() if len(who) >= 10}
    sources = {it.source for it in answers.planted if it.rule_id == "password_spray"}
    # In the office everybody gets in right after.
    assert sprayed == sources | {networks.OFFICE}
