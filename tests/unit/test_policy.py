from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from oncall_audit.assets import asset
from oncall_audit.errors import ConfigurationError
from oncall_audit.policy import Policy, load_policy
from oncall_audit.workspace import Workspace

COMPLETE = """\
grace: {before_minutes: 5, after_minutes: 10, incident_after_minutes: 20}
services:
  payments: {tier: 1, owner_teams: [payments, sre], schedules: [Payments primary, Payments secondary]}
  search:
    owner_teams: [search]
    fallback_schedules: [Payments secondary]
    on_call_hours:
      - {days: [mon], starts: "09:00", ends: 18:00, time_zone: Europe/Berlin}
      - {days: [sat, sun], starts: "0:00", ends: "24:00", time_zone: America/New_York}
resources:
  payments-db: {kind: database, service: payments, names: ["postgresql:payments", "linux:db-pay-*"], sensitive_tables: ["public.Customers"]}
  payments-box: {kind: server, service: payments, tier: 3, owner_team: sre}
  search-box: {kind: server, service: search, names: ["aws:arn:aws:ec2:i-1"]}
roles:
  - {team: payments, resources: [payments-db], permissions: [read, write]}
  - {role: sre, resources: "*", permissions: "*"}
shifts:
  - {service: payments, resources: "*", permissions: [admin]}
  - {service: payments, resources: [search-box], permissions: [restart]}
exceptions:
  - {engineer: e017, resource: payments-db, permission: admin, owner: Ada Abel, reason: "DBA of record", expires: 2026-12-31}
  - {engineer: e018, resource: "*", permission: "*", owner: Bo Berg, reason: Move, expires: 2026-06-01T12:00:00+02:00}
privileged: ["aws:AdministratorAccess", "*:root"]
break_glass: ["aws:BreakGlass*"]
service_accounts: ["postgresql:app_*"]
automation: ["*:on-call"]
credential_limits: {"teleport:bot-*": 168}
sensitive_commands:
  - {name: shell, system: linux, pattern: 'nc -e', unless: localhost}
  - {name: removal, pattern: 'rm -rf'}
thresholds: {dormant_days: 60, volume_z: 4}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)


def policy(workspace: Workspace, text: str) -> Policy:
    workspace.policy.write_text(text)
    return load_policy(workspace)


def refusal(workspace: Workspace, text: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        policy(workspace, text)
    return str(refused.value)


def test_becomes_the_rows_of_the_warehouse_with_stars_written_out(workspace: Workspace) -> None:
    tables = policy(workspace, COMPLETE).tables()
    told = {name: rows for name, rows in tables.items() if not re.match("network|gateway", name)}

    assert told == {
        "services": [("payments", 1, "payments, sre"), ("search", 2, "search")],
        "service_schedules": [
            ("payments", "Payments primary", False),
            ("payments", "Payments secondary", False),
            ("search", "Payments secondary", True),
        ],
        "service_hours": [
            *(("payments", weekday, 0, 1440, "UTC") for weekday in range(1, 8)),
            ("search", 1, 540, 1080, "Europe/Berlin"),
            ("search", 6, 0, 1440, "America/New_York"),
            ("search", 7, 0, 1440, "America/New_York"),
        ],
        "resources": [
            ("payments-db", "database", "payments", 1, "payments, sre"),
            ("payments-box", "server", "payments", 3, "sre"),
            ("search-box", "server", "search", 2, "search"),
        ],
        "resource_names": [
            ("payments-db", "postgresql", "payments"),
            ("payments-db", "linux", "db-pay-*"),
            ("search-box", "aws", "arn:aws:ec2:i-1"),
        ],
        "role_access": [
            ("payments", None, "payments-db", "read"),
            ("payments", None, "payments-db", "write"),
            (None, "sre", "payments-db", "*"),
            (None, "sre", "payments-box", "*"),
            (None, "sre", "search-box", "*"),
        ],
        "shift_access": [
            ("payments", "payments-db", "admin"),
            ("payments", "payments-box", "admin"),
            ("payments", "search-box", "restart"),
        ],
        "exceptions": [
            ("e017", "payments-db", "admin", "Ada Abel", "DBA of record", datetime(2027, 1, 1)),  # noqa: DTZ001
            ("e018", "payments-db", "*", "Bo Berg", "Move", datetime(2026, 6, 1, 10)),  # noqa: DTZ001
            ("e018", "payments-box", "*", "Bo Berg", "Move", datetime(2026, 6, 1, 10)),  # noqa: DTZ001
            ("e018", "search-box", "*", "Bo Berg", "Move", datetime(2026, 6, 1, 10)),  # noqa: DTZ001
        ],
        "privileged": [("aws", "AdministratorAccess"), ("*", "root")],
        "break_glass": [("aws", "BreakGlass*")],
        "service_accounts": [("postgresql", "app_*")],
        "automation": [("*", "on-call")],
        "credential_limits": [("teleport", "bot-*", 168.0)],
        "sensitive_commands": [
            ("shell", "linux", "nc -e", "localhost"),
            ("removal", "*", "rm -rf", None),
        ],
        "sensitive_tables": [("payments-db", "public.customers")],
    }


def test_its_defaults_are_those_of_the_models() -> None:
    project = yaml.safe_load((asset("dbt_project") / "dbt_project.yml").read_text())

    assert Policy().thresholds == project["vars"]


def test_its_numbers_reach_the_models_by_the_models_names(workspace: Workspace) -> None:
    found = policy(workspace, COMPLETE).thresholds

    changed = {name: value for name, value in found.items() if value != Policy().thresholds[name]}
    assert changed == {
        "grace_before_minutes": 5,
        "grace_after_minutes": 10,
        "incident_after_minutes": 20,
        "dormant_days": 60,
        "volume_z": 4,
    }


def test_its_hash_is_that_of_what_it_says_and_not_of_its_layout(workspace: Workspace) -> None:
    one = policy(workspace, "privileged: ['*:root']\nservices: {a: {tier: 1}}\n").sha256
    same = policy(
        workspace, "# A comment.\nservices:\n  a:\n    tier: 1\nprivileged:\n- '*:root'\n"
    ).sha256
    other = policy(workspace, "privileged: ['*:admin']\nservices: {a: {tier: 1}}\n").sha256

    assert (len(one), one == same, one == other) == (64, True, False)


def test_an_exception_that_ended_is_allowed_and_named(workspace: Workspace) -> None:
    found = policy(workspace, COMPLETE)

    on_its_last_day = found.expired(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    the_day_after = found.expired(datetime(2027, 1, 1, tzinfo=UTC))
    assert [it.engineer for it in on_its_last_day] == ["e018"]
    assert [it.engineer for it in the_day_after] == ["e017", "e018"]


def test_sections_with_everything_commented_out_are_empty(workspace: Workspace) -> None:
    assert policy(workspace, "services:\n  # a: {}\nroles:\nthresholds:\n") == Policy()


SERVICE = "services: {payments: {}}\n"
RESOURCE = SERVICE + "resources: {db: {kind: database, service: payments}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("service: {}\n", "policy.yml:1: service: is unknown. Did you mean 'services'? Known: automation,"),
        ("services:\n  a: {teir: 1}\n", "policy.yml:2: services.a.teir: is unknown. Did you mean 'tier'?"),
        ("thresholds: {dormant_day: 3}\n", "policy.yml:1: thresholds.dormant_day: is unknown. Did you mean 'dormant_days'?"),
        ("thresholds: {dormant_days: -3}\n", "policy.yml:1: thresholds.dormant_days: input should be greater than"),
        ("thresholds: {volume_z: .nan}\n", "policy.yml:1: thresholds.volume_z: should be a number."),
        ("grace: {before_minutes: 15m}\n", "policy.yml:1: grace.before_minutes: should be a whole number."),
        (
            SERVICE + "resources:\n  db: {kind: database, service: payment}\n",
            "policy.yml:3: resources.db.service: there is no service 'payment'. Did you mean 'payments'? Known: payments.",
        ),
        (
            RESOURCE + "roles:\n  - team: x\n    resources:\n      - db\n      - dbs\n    permissions: [read]\n",
            "policy.yml:7: roles[0].resources[1]: there is no resource 'dbs'. Did you mean 'db'?",
        ),
        (RESOURCE + "shifts: [{service: '*', resources: '*', permissions: [a]}]\n", "policy.yml:3: shifts[0].service: there is no service '*'"),
        (RESOURCE + "roles: [{resources: '*', permissions: [a]}]\n", "policy.yml:3: roles[0]: needs a team, a role, or both."),
        (RESOURCE + "roles: [{team: a, resources: [], permissions: [a]}]\n", "policy.yml:3: roles[0].resources: "),
        (
            RESOURCE + "exceptions: [{engineer: e1, resource: db, permission: a, owner: A, reason: B, expires: soon}]\n",
            "policy.yml:3: exceptions[0].expires: should be a date such as 2026-12-31, without quotes.",
        ),
        (RESOURCE + "exceptions: [{engineer: 17}]\n", "policy.yml:3: exceptions[0].engineer: should be text; put it in quotes."),
        ("exceptions: [{expires: 2026-13-01}]\n", "policy.yml:1: exceptions[0].expires: 2026-13-01 is no valid value"),
        (
            "services:\n  a:\n    on_call_hours:\n      - {starts: '9', ends: '18:00', time_zone: UTC}\n",
            "policy.yml:4: services.a.on_call_hours[0].starts: '9' should be a time of day such as \"09:00\"",
        ),
        (
            "services:\n  a:\n    on_call_hours:\n      - {starts: '22:00', ends: '6:00', time_zone: UTC}\n",
            "policy.yml:4: services.a.on_call_hours[0]: ends before it starts: write a night as one span until",
        ),
        (
            "services: {a: {on_call_hours: [{starts: '9:00', ends: '18:00', time_zone: Europe/Berlni}]}}\n",
            "policy.yml:1: services.a.on_call_hours[0].time_zone: there is no time zone 'Europe/Berlni'. Did you mean 'Europe/Berlin'?",
        ),
        (
            "services: {a: {on_call_hours: [{days: [monday], starts: '9:00', ends: '18:00', time_zone: UTC}]}}\n",
            "policy.yml:1: services.a.on_call_hours[0].days[0]: input should be 'mon', 'tue'",
        ),
        ("privileged: [root]\n", "policy.yml:1: privileged[0]: 'root' should be '<system>:<name>'"),
        ("privileged: '*:root'\n", "policy.yml:1: privileged: should be a list"),
        (
            SERVICE + "resources:\n  a: {kind: k, service: payments, names: ['s:x']}\n  b: {kind: k, service: payments, names: ['s:x']}\n",
            "policy.yml:3: resources.a.names[0]: 's:x' names more than one resource; keep it with one of them.",
        ),
    ],
)  # fmt: skip
def test_tells_line_name_and_remedy_of_a_mistake(
    workspace: Workspace, text: str, expected: str
) -> None:
    assert refusal(workspace, text).startswith(expected)
