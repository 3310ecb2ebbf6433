from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from oncall_audit.__main__ import main
from oncall_audit.cli import VERBS, cli, doctor
from oncall_audit.errors import AuditError, CheckFailed, SourceError, VerificationFailed


def failing_with(error: BaseException) -> Any:
    def callback(**_options: object) -> None:
        raise error

    return callback


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_loads_and_its_summary_is_the_one_in_the_list(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert command.get_short_help_str(200).rstrip(".") == VERBS[name].summary.rstrip(".")


def test_an_unknown_verb_is_answered_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["rnu"])

    assert status == 2
    assert "There is no verb 'rnu'. Did you mean 'run'?" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["yesterday", "2026-13-01", "12"])
def test_a_time_that_is_none_is_told_without_a_traceback(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["run", "--since", word])

    assert status == 2
    assert f"'{word}' is no time. Write 2026-11-02" in capsys.readouterr().err


def test_a_workspace_that_is_no_folder_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--workspace", "no-such-folder"])

    assert status == 2
    assert "There is no folder no-such-folder." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AuditError("Broken."), 2),
        (CheckFailed("Broken."), 3),
        (SourceError("Broken."), 4),
        (VerificationFailed("Broken."), 5),
    ],
)
def test_a_failure_is_one_line_and_its_own_exit_status(
    error: AuditError,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(doctor.doctor, "callback", failing_with(error))

    found = main(["doctor"])

    assert (found, capsys.readouterr().err) == (status, "oncall-audit: Broken.\n")


def test_ctrl_c_ends_cleanly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor.doctor, "callback", failing_with(KeyboardInterrupt()))

    status = main(["doctor"])

    assert status == 130
    assert capsys.readouterr().err == "\nStopped. The last published audit is as it was.\n"


def test_an_unexpected_failure_goes_to_a_file_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "oncall-audit.yml").write_text('a: "${PAGERDUTY_TOKEN}"\n')
    (tmp_path / ".env").write_text("PAGERDUTY_TOKEN=canary-77\n")
    error = RuntimeError("GET ?token=canary-77 failed")
    monkeypatch.setattr(doctor.doctor, "callback", failing_with(error))

    status = main(["doctor", "--workspace", str(tmp_path)])

    told = capsys.readouterr().err
    [kept] = (tmp_path / "data" / "logs").iterdir()
    assert status == 2
    assert re.match(
        r"oncall-audit: an unexpected failure \(RuntimeError: GET \?token=… failed\)", told
    )
    assert str(kept) in told
    assert "Traceback" not in told
    assert "Traceback" in kept.read_text()
    assert "canary-77" not in told + kept.read_text()
