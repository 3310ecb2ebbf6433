"""A program of the site: what it is given, and what is believed of it."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from controlled.system import TOKEN, unchanged

from oncall_audit.control.providers.command import Command
from oncall_audit.errors import ConfigurationError, ControlError

Make = Callable[[str], Any]


def test_a_script_gets_its_words_whole_and_the_end_in_utc(make_system: Make) -> None:
    system = make_system("command")
    until = datetime.fromisoformat("2026-03-02T18:00:00+01:00")

    system.provider(arguments=()).grant(system.rights[0], until)

    right = system.rights[0]
    words = ["grant", right.account, right.resource_name, right.permission]
    assert system.calls() == [[*words, "2026-03-02T17:00:00+00:00"]]


@pytest.mark.parametrize("account", ["--all", "-x", "a\nb", "a\0b", ""])
def test_a_script_is_given_no_word_that_it_could_misunderstand(
    make_system: Make, account: str
) -> None:
    system = make_system("command")

    unchanged(system, "grant", replace(system.rights[0], account=account), "no name|holds letters")
    assert system.calls() == []


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("", "did not end with the line"),
        ('{"account": "a", "resource_name": "r", "permission": "p"}', "did not end with the line"),
        ('{"count": 1}', "did not end with the line"),
        ('{"account": "a"}\n{"count": 1}', "a right lacks one of account, resource_name"),
        ('{"account": 1, "resource_name": "r", "permission": "p"}\n{"count": 1}', "a right lacks"),
        ("[1]\n", "line 1 is no JSON object"),
        (
            '{"account": "a", "resource_name": "r", "permission": "p", "expires_at": "soon"}\n{"count": 1}',
            "expires_at",
        ),
    ],
)
def test_what_a_script_prints_is_read_whole_or_not_at_all(
    tmp_path: Path, printed: str, words: str
) -> None:
    script = tmp_path / "rights"
    (tmp_path / "printed").write_text(printed)
    script.write_text(f"#!/bin/sh\ncat {tmp_path}/printed\n")
    script.chmod(0o755)

    with pytest.raises(ControlError, match=words):
        list(Command(script=str(script), system="vault").held())


def test_a_script_knows_only_what_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGERDUTY_TOKEN", "secret-of-the-audit")
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com")
    script = tmp_path / "rights"
    script.write_text("#!/bin/sh\nenv >&2\nexit 3\n")
    script.chmod(0o755)
    command = Command(script=str(script), system="vault", token=TOKEN, environment=("VAULT_ADDR",))

    with pytest.raises(ControlError, match="rights held failed with status 3") as caught:
        list(command.held())

    assert "VAULT_ADDR=https://vault.example.com" in str(caught.value)
    assert "ONCALL_AUDIT_TOKEN=…" in str(caught.value)
    assert "PAGERDUTY" not in str(caught.value)


def test_a_program_that_hangs_is_ended_with_its_children(make_system: Make, tmp_path: Path) -> None:
    system = make_system("command")
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)

    with (
        system.troubled("hangs", 1),
        pytest.raises(ControlError, match=r"longer than 1 seconds .* not known"),
    ):
        system.provider(seconds=1).revoke(system.rights[0])

    # At its end as soon as nobody holds the other end open.
    ended, _, _ = select.select([alive], [], [], 5)
    assert ended == [alive]
    os.close(alive)


def test_a_program_that_is_not_there_is_a_mistake_of_the_configuration(make_system: Make) -> None:
    system = make_system("teleport")

    with pytest.raises(ConfigurationError, match="/nowhere/tctl cannot be run"):
        list(system.provider(tctl="/nowhere/tctl").held())
