from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from oncall_audit.errors import ConfigurationError
from oncall_audit.reports import FORMATS
from oncall_audit.schemas import configuration
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

TOKEN = "canary-3f9a-token"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAGERDUTY_TOKEN", raising=False)
    return Workspace(tmp_path)


def refusal(workspace: Workspace, text: str) -> str:
    workspace.config.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        load(workspace)
    return str(refused.value)


def source(entry: str) -> str:
    return f"organisation: Example\nsources:\n  here: {entry}\n"


def test_reads_every_setting_and_takes_defaults_from_the_connector(workspace: Workspace) -> None:
    workspace.config.write_text(
        "organisation: Example\ntime_zone: Europe/Berlin\nfirst_window_days: 7\nthreads: 4\n"
        'memory_limit: 1.5GB\nsources:\n  bastion: {type: sshd, path: "logs/*.log", silent_hours: 2}\n'
        "  people: {type: generic, kind: directory, path: exports, system: hr}\n"
    )

    settings = load(workspace)

    assert settings.model_dump() == {
        "organisation": "Example",
        "time_zone": "Europe/Berlin",
        "first_window_days": 7,
        "late_after_hours": 26.0,
        "threads": 4,
        "memory_limit": "1.5GB",
        "spill": None,
        "geoip": (),
        "signing_key": None,
        "time_stamp_authority": None,
        "reports": {"formats": ("csv", "json"), "pseudonymised": False},
        "pseudonym_key": None,
        "redact": (),
        "retention": {
            "landing_days": None,
            "tables": {},
            "publications_days": 120,
            "packs_days": 400,
            "reports_days": 120,
        },
        "notify": {
            "default_owner": "security",
            "report_url": None,
            "expiring_days": 7,
            "open_days": 14,
            "again_days": 7,
            "channels": {},
        },
        "sources": (
            {
                "name": "bastion",
                "type": "sshd",
                "kind": "logs",
                "system": "linux",
                "time_zone": "UTC",
                "silent_hours": 2,
                "options": {"path": "logs/*.log"},
            },
            {
                "name": "people",
                "type": "generic",
                "kind": "directory",
                "system": "hr",
                "time_zone": "UTC",
                "silent_hours": 6,
                "options": {"path": "exports"},
            },
        ),
    }


def test_a_relative_path_begins_at_the_workspace(workspace: Workspace) -> None:
    workspace.config.write_text(source("{type: sshd, path: logs}"))

    connector = load(workspace).sources[0].connector(workspace.root)

    assert str(connector.path) == str(workspace.root / "logs")  # type: ignore[attr-defined]


def test_the_file_of_a_clusters_authority_begins_there_too(workspace: Workspace) -> None:
    said = (
        'url: https://k8s.example.com, token: "${K8S_TOKEN}", cluster: production, ca_file: ca.crt'
    )
    workspace.config.write_text(source(f"{{type: kubernetes_rbac, {said}}}"))
    workspace.secrets.write_text("K8S_TOKEN=canary\n")

    connector = load(workspace).sources[0].connector(workspace.root)

    assert connector.ca_file == str(workspace.root / "ca.crt")  # type: ignore[attr-defined]


def test_keys_that_are_not_in_the_workspace_are_a_mistake_of_their_source(
    workspace: Workspace,
) -> None:
    workspace.config.write_text(
        source("{type: aws_cloudtrail, path: logs, public_keys: trail.json}")
    )

    with pytest.raises(ConfigurationError, match=re.escape(str(workspace.root / "trail.json"))):
        load(workspace)


def test_a_source_list_with_everything_commented_out_is_empty(workspace: Workspace) -> None:
    workspace.config.write_text("organisation: Example\nsources:\n  # a: {type: sshd}\n")

    assert load(workspace).sources == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("organisation: A\nthread: 2\n", "oncall-audit.yml:2: thread: is unknown. Did you mean 'threads'?"),
        ("time_zone: UTC\n", "oncall-audit.yml:1: organisation: is missing; add it."),
        ("organisation: 12\n", "oncall-audit.yml:1: organisation: should be text; put it in quotes."),
        ("organisation: A\nthreads: two\n", "oncall-audit.yml:2: threads: should be a whole number."),
        ("organisation: A\nthreads: yes\n", "oncall-audit.yml:2: threads: should be a whole number."),
        ("organisation: A\nthreads: 0\n", "oncall-audit.yml:2: threads: input should be greater than"),
        ("organisation: A\nmemory_limit: lots\n", "oncall-audit.yml:2: memory_limit: "),
        ("organisation: A\ntime_zone: Europe/Berlni\n", "oncall-audit.yml:2: time_zone: there is no time zone 'Europe/Berlni'. Did you mean 'Europe/Berlin'?"),
        ("organisation: A\norganisation: B\n", "oncall-audit.yml:2: organisation: stands here again; first on line 1."),
        ("organisation: A\nreports: {formats: [docx]}\n", "oncall-audit.yml:2: reports.formats[0]: input should be 'html', 'csv', "),
        ("organisation: 'A\n", "oncall-audit.yml:2: no valid YAML at column 1:"),
        ("organisation: !!python/name:os.system A\n", "oncall-audit.yml:1: organisation: has the tag"),
        ("a: &a [*a]\n", "oncall-audit.yml:1: a[0]"),
        ("- organisation\n", "oncall-audit.yml:1: should hold 'name: value' lines"),
        ("organisation: A\nsources: [sshd]\n", "oncall-audit.yml:2: sources: should hold 'name: value' lines"),
    ],
)  # fmt: skip
def test_tells_file_line_and_remedy_of_a_mistake(
    workspace: Workspace, text: str, expected: str
) -> None:
    assert refusal(workspace, text).startswith(expected)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{type: shsd, path: a}", "sources.here.type: there is no connector 'shsd'. Did you mean 'sshd'? Known: "),
        ("{type: sshd, pth: a}", "sources.here.pth: is no option of sshd. Did you mean 'path'?"),
        ("{type: sshd}", "sources.here.path: is missing; sshd needs it."),
        ("{path: a}", "sources.here.type: is missing; add it."),
        ("{type: sshd, path: 3}", "sources.here.path: "),
        ("{type: sshd, path: a, silent_hours: 0}", "sources.here.silent_hours: input should be greater than 0."),
        ("{type: sshd, path: a, silent_hours: .inf}", "sources.here.silent_hours: should be a number."),
        ("{type: sshd, path: a, time_zone: Mars}", "sources.here.time_zone: there is no time zone 'Mars'."),
        ("{type: generic, kind: people, path: a}", "sources.here.kind: "),
        ("{type: pagerduty}", "sources.here: "),
        ('{type: pagerduty, token: "${PAGERDUTY_TOKEN}"}', "sources.here.token: the variable PAGERDUTY_TOKEN is not set; set it in .env"),
        ('{type: pagerduty, token: "${PAGER DUTY}"}', "sources.here.token: ${PAGER DUTY} is no variable"),
        (f"{{type: pagerduty, token: {TOKEN}}}", "sources.here.token: a secret must not stand in this file. Set HERE_TOKEN=… in .env"),
        (f'{{type: pagerduty, token: "Bearer {TOKEN}"}}', "sources.here.token: a secret must not stand in this file."),
        (f'{{type: pagerduty, url: "https://me:{TOKEN}@example.com", path: a}}', "sources.here.url: a URL must not hold a password"),
    ],
)  # fmt: skip
def test_tells_what_is_wrong_with_a_source_without_giving_it_away(
    workspace: Workspace, entry: str, expected: str
) -> None:
    message = refusal(workspace, source(entry))

    assert message.startswith(f"oncall-audit.yml:3: {expected}")
    assert TOKEN not in message


def test_tells_every_mistake_at_once(workspace: Workspace) -> None:
    message = refusal(workspace, "organisation: 1\nthreads: x\nsources:\n  Up: {type: sshd}\n")

    assert [line.split(":")[1] for line in message.splitlines()] == ["1", "2", "4"]


def test_names_of_sources_may_not_differ_by_case_alone(workspace: Workspace) -> None:
    message = refusal(workspace, "organisation: A\nsources:\n  Bastion: {type: sshd, path: a}\n")

    assert message.startswith("oncall-audit.yml:3: sources.Bastion")


def test_a_missing_configuration_says_how_to_make_one(workspace: Workspace) -> None:
    with pytest.raises(
        ConfigurationError, match=r"There is no oncall-audit.yml in .*oncall-audit init"
    ):
        load(workspace)


def test_text_that_is_not_utf_8_is_refused(workspace: Workspace) -> None:
    workspace.config.write_bytes(b"organisation: Caf\xe9\n")

    with pytest.raises(ConfigurationError, match=r"oncall-audit.yml: byte 18 is no UTF-8 text"):
        load(workspace)


def test_the_environment_comes_before_the_env_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.config.write_text(source('{type: pagerduty, token: "${PAGERDUTY_TOKEN}"}'))
    workspace.secrets.write_text("PAGERDUTY_TOKEN=from-the-file\n")
    monkeypatch.setenv("PAGERDUTY_TOKEN", TOKEN)

    options = load(workspace).sources[0].options

    assert options == {"token": SecretStr(TOKEN)}


def test_a_secret_is_in_no_text_made_of_the_settings(workspace: Workspace) -> None:
    workspace.config.write_text(source('{type: pagerduty, token: "${PAGERDUTY_TOKEN}"}'))
    workspace.secrets.write_text(f"PAGERDUTY_TOKEN={TOKEN}\n")

    settings = load(workspace)
    connector = settings.sources[0].connector(workspace.root)

    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(connector)):
        assert TOKEN not in text
    assert json.loads(settings.model_dump_json())["sources"][0]["options"]["token"] == "*" * 10


def test_settings_cannot_be_changed(workspace: Workspace) -> None:
    workspace.config.write_text("organisation: Example\n")
    settings = load(workspace)

    with pytest.raises(ValueError, match="frozen"):
        settings.threads = 8  # type: ignore[misc]


def test_runs_may_write_every_format_of_a_report() -> None:
    kind = configuration()["$defs"]["Reports"]["properties"]["formats"]["items"]["enum"]

    assert tuple(kind) == FORMATS
