from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from oncall_audit import schemas
from oncall_audit.errors import ConfigurationError
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

ADDRESS = "https://hooks.example.com/services/canary-path"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", ADDRESS)
    monkeypatch.setenv("BAD_HOOK", "ftp://canary-path")
    return Workspace(tmp_path)


def configure(workspace: Workspace, channel: str) -> None:
    workspace.config.write_text(
        f"organisation: Example\nnotify:\n  channels:\n    here: {channel}\n"
    )


@pytest.mark.parametrize(
    ("channel", "mistake"),
    [
        (
            '{type: slck, url: "${HOOK}"}',
            "type: there is no kind 'slck'. Did you mean 'slack'? Known: email, slack, webhook.",
        ),
        ("{type: slack}", "url: is missing; add it."),
        (
            '{type: slack, url: "${HOOK}", sevrity: high}',
            (
                "sevrity: is unknown. Did you mean 'severity'? Known: form, owners, rules, send_empty,"
                " severity, top, type, url."
            ),
        ),
        (
            f'{{type: slack, url: "{ADDRESS}"}}',
            (
                "url: whoever knows it can write there, so it is a secret. Set HERE_URL=… in .env and"
                " write url: ${HERE_URL} here."
            ),
        ),
        ('{type: slack, url: "${BAD_HOOK}"}', "url: is no address that begins with https://."),
        (
            '{type: webhook, url: "http://a.example"}',
            "url: is no address that begins with https://.",
        ),
        (
            '{type: webhook, url: "${HOOK}", secret: abc}',
            (
                "secret: a secret must not stand in this file. Set HERE_SECRET=… in .env and write"
                " secret: ${HERE_SECRET} here."
            ),
        ),
        (
            '{type: slack, url: "${HOOK}", rules: [off_shift_acces]}',
            (
                "rules[0]: there is no rule 'off_shift_acces'. Did you mean 'off_shift_access'? See"
                " 'rules list'."
            ),
        ),
        (
            "{type: email, host: h, sender: a@example.com}",
            "recipients: is missing; say who gets it: [security@example.com].",
        ),
        (
            "{type: email, host: h, sender: a@example.com, recipients: [b@example.com], tls: none}",
            "tls: only a mail server on this machine may be spoken to in the open.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_remedy(
    workspace: Workspace, channel: str, mistake: str
) -> None:
    configure(workspace, channel)

    with pytest.raises(ConfigurationError) as refused:
        load(workspace)

    assert str(refused.value) == f"oncall-audit.yml:4: notify.channels.here.{mistake}"


def test_secrets_are_in_no_repr(workspace: Workspace) -> None:
    configure(workspace, '{type: webhook, url: "${HOOK}", secret: "${HOOK}"}')

    assert "canary" not in repr(load(workspace))


def test_the_schema_knows_the_options_of_each_kind() -> None:
    validator = Draft202012Validator(schemas.configuration())

    def is_valid(**channel: object) -> bool:
        notify = {"channels": {"here": channel}}
        return validator.is_valid({"organisation": "A", "notify": notify})

    assert is_valid(type="slack", url="${HOOK}", severity="high")
    assert not is_valid(type="slack", url="${HOOK}", severity="hihg")
    assert not is_valid(type="slack", url="${HOOK}", host="h")
    assert not is_valid(type="slack")
    assert not is_valid(type="slck", url="${HOOK}")
