from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from oncall_audit.demo import Answers, write_demo
from oncall_audit.demo.answers import read_answers
from oncall_audit.demo.inventory import log_source
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.organisation import build

RULES = [
    "off_shift_access",
    "out_of_scope_resource",
    "session_overrun",
    "lingering_elevation",
    "standing_privilege",
    "entitlement_drift_policy",
    "dormant_entitlement",
    "sensitive_command",
    "bulk_export",
    "secret_read",
    "audit_disabled",
    "recording_missing",
    "log_late",
    "log_digest_failed",
    "clock_skew",
    "first_seen_resource",
    "unknown_identity",
    "failed_login_burst",
    "failed_then_success",
    "break_glass_no_incident",
    "unusual_volume",
    "log_gap",
    "inventory_gap",
    "unapproved_grant",
    "self_approval",
    "expired_grant_present",
    "expired_grant_used",
    "orphan_account",
    "leaver_access",
    "long_lived_credential",
    "schedule_gap",
    "oncall_ineligible",
    "retroactive_override",
    "unusual_hour",
    "concurrent_networks",
    "first_seen_country",
    "first_seen_device",
    "first_seen_network",
    "gateway_bypass",
    "impossible_travel",
    "no_mfa",
    "password_spray",
    "shared_account",
    "peer_outlier",
]


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_writes_the_same_bytes(root: Path, answers: Answers, tmp_path: Path) -> None:
    again = write_demo(tmp_path)

    assert again == answers
    assert digests(tmp_path) == digests(root)


def test_another_seed_makes_another_organisation(world: World) -> None:
    assert build(seed=8).accesses != world.accesses


def test_every_rule_has_planted_violations(answers: Answers) -> None:
    planted = Counter(each.rule_id for each in answers.planted)

    assert sorted(planted) == sorted(RULES)
    assert min(planted.values()) >= 2


def test_violations_of_a_rule_lie_in_several_systems(answers: Answers) -> None:
    systems = defaultdict(set)
    for each in answers.planted:
        systems[each.rule_id].add(each.system)

    # Only the gateway knows a resource that nobody ever uses, and only it records sessions; only AWS
    # keeps secrets here, only of its files is told when and as what they were delivered, and only the
    # pager has a schedule; and somebody's whole day is in all systems at once.
    one = [
        "dormant_entitlement",
        "secret_read",
        "recording_missing",
        "log_late",
        "log_digest_failed",
        "schedule_gap",
        "oncall_ineligible",
        "peer_outlier",
    ]
    assert [rule for rule in RULES if len(systems[rule]) < 2] == one


def test_answers_lie_in_the_period(answers: Answers) -> None:
    outside = [
        each
        for each in (*answers.planted, *answers.look_alikes)
        if not answers.since <= each.around < answers.until
    ]

    assert outside == []


def test_there_are_fifteen_kinds_of_look_alikes_and_each_says_why(answers: Answers) -> None:
    names = Counter(each.name for each in answers.look_alikes)

    assert len(names) >= 15
    assert set(names.values()) == {1}
    assert all(each.why.endswith(".") for each in answers.look_alikes)


def test_what_was_planted_is_in_the_logs(world: World) -> None:
    logged = {(a.system, a.account, a.started_at) for a in world.accesses if a.tag}
    told = {
        (a.system, a.account, a.around)
        for a in world.answers
        if a.rule_id in ("off_shift_access", "out_of_scope_resource", "session_overrun")
    } | {(a.system, a.account, a.around) for a in world.look_alikes if a.name == "swap"}

    assert told <= logged


def test_answers_are_read_back_as_they_were(root: Path, answers: Answers) -> None:
    document = json.loads((root / "answers.json").read_text(encoding="utf-8"))

    assert read_answers(document) == answers


def test_the_trail_is_gzip_unsorted_and_late_by_ten_minutes_at_most(
    root: Path, answers: Answers
) -> None:
    unsorted, forms = 0, set()
    for path in (root / "logs" / "cloudtrail").glob("AWSLogs/*/CloudTrail/**/*.json.gz"):
        match = re.fullmatch(
            r"(\d{12})_CloudTrail_eu-central-1_(\d{8}T\d{4})Z_\w{16}", path.name[:-8]
        )
        assert match
        records = json.loads(gzip.decompress(path.read_bytes()))["Records"]
        times = [record["eventTime"] for record in records]
        unsorted += times != sorted(times)
        assert {record["recipientAccountId"] for record in records} == {match[1]}
        forms |= {record["userIdentity"].get("type") for record in records}

    assert unsorted > 100
    assert forms == {"IAMUser", "AssumedRole", "AWSService", None}


def test_every_line_of_a_host_has_no_year_and_is_in_order(root: Path) -> None:
    line = re.compile(
        r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [a-z0-9-]+ "
        r"(?:sshd(?:-session)?\[\d+\]|CRON\[\d+\]|sudo): +\S.*"
    )
    for path in (root / "logs" / "sshd").rglob("*.log"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [text for text in lines if not line.fullmatch(text)] == []
        assert [text[7:15] for text in lines] == sorted(text[7:15] for text in lines)


def test_database_logs_have_the_columns_and_the_prefix_of_their_kind(root: Path) -> None:
    folder = root / "logs" / "postgresql"
    prefix = re.compile(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC \[\d+\] \S+@\S+ (LOG|FATAL|DETAIL): "
    )
    for path in (folder / "payments").iterdir():
        with path.open(encoding="utf-8", newline="") as stream:
            assert {len(row) for row in csv.reader(stream)} == {24}
    for path in (folder / "search").iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [text for text in lines if not (text[0] == "\t" or prefix.match(text))] == []


def test_documents_and_json_lines_parse(root: Path) -> None:
    for path in root.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    for path in (*(root / "logs" / "teleport").iterdir(), *root.rglob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            assert isinstance(json.loads(text), dict)


def test_only_invented_addresses_names_and_accounts_occur(root: Path) -> None:
    address = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
    kept = ("192.0.2.", "198.51.100.", "203.0.113.", "0.0.0.0", "2.17.0")
    for folder in ("sshd", "postgresql", "teleport"):
        for path in (root / "logs" / folder).rglob("*.*"):
            found = set(address.findall(path.read_text(encoding="utf-8")))
            assert {each for each in found if not each.startswith(kept)} == set()


def test_the_policy_and_the_configuration_are_accepted(root: Path) -> None:
    from oncall_audit.policy import load_policy
    from oncall_audit.settings import load
    from oncall_audit.workspace import Workspace

    settings, policy = load(Workspace(root)), load_policy(Workspace(root))

    assert len(settings.sources) == 13
    assert policy.thresholds["dormant_days"] == 30


@pytest.mark.parametrize(("days", "count"), [(35, 20), (60, 40), (90, 33)])
def test_a_larger_organisation_has_every_violation_too(days: int, count: int) -> None:
    world = build(seed=3, days=days, count=count)

    assert {each.rule_id for each in world.answers} == set(RULES)
    assert sum(each.role != "contractor" for each in world.engineers.values()) == count
    assert world.until - world.since == timedelta(days=days)


def test_too_small_an_organisation_is_refused() -> None:
    with pytest.raises(ValueError, match="35 days"):
        build(days=20)


def test_no_source_is_silent_but_where_planted(world: World) -> None:
    times = defaultdict(list)
    for made in world.accesses:
        times[log_source(made.system, made.target)] += [made.started_at, made.ended_at]
    gaps = []
    for source, found in times.items():
        pairs = pairwise(sorted([world.since, *found, world.until]))
        gaps += [source for start, end in pairs if end - start > timedelta(hours=5, minutes=30)]

    assert sorted(gaps) == ["search_db", "search_hosts"]


def test_no_incident_and_no_request_is_behind_a_day_unlike_the_teams(world: World) -> None:
    planted = {a.engineer_id: a.around for a in world.answers if a.rule_id == "peer_outlier"}
    reasons = [(who, i.started_at, i.ended_at) for i in world.incidents for who in i.responders]
    reasons += [(r.requester, r.started_at, r.ended_at) for r in world.requests]

    assert len(planted) == 2
    assert [
        (who, start)
        for who, start, end in reasons
        if who in planted and start < planted[who] + timedelta(hours=10) and planted[who] < end
    ] == []


def test_only_planted_sessions_are_unusually_busy(world: World) -> None:
    def is_incident(made: Access) -> bool:
        return any(
            made.engineer_id in i.responders and i.started_at <= made.started_at < i.ended_at
            for i in world.incidents
        )

    busy = [a for a in world.accesses if a.actions >= 50 and not is_incident(a)]

    assert [a.tag for a in busy] == ["unusual_volume", "unusual_volume"]
    for made in busy:
        own = [
            a
            for a in world.accesses
            if (a.engineer_id, a.system) == (made.engineer_id, made.system)
        ]
        before = [a for a in own if a.started_at < made.started_at]
        assert len(before) >= 35
        assert made.started_at - min(a.started_at for a in before) > timedelta(days=14)
