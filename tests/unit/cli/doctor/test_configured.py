"""What a person has written: configuration, policy and secrets, and what they lead to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oncall_audit.__main__ import main
from oncall_audit.workspace import Workspace

from .conftest import checks


def test_a_workspace_in_order_is_ready(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["doctor"])

    told = capsys.readouterr().out
    assert status == 0
    assert "ok    source bastion  1 files, 2.0 MB" in told
    assert told.endswith("Ready. Next: oncall-audit run\n")


def test_a_new_workspace_is_told_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path / "new")])
    capsys.readouterr()

    status = main(["doctor", "--workspace", str(tmp_path / "new")])

    told = capsys.readouterr().out
    assert status == 2
    assert "names no source. Add one below 'sources:'." in told
    assert "names no service or no resource yet. Add them" in told


def test_a_source_without_files_fails_and_the_others_are_checked(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.config.open("a") as config:
        config.write("  other: {type: sshd, path: nowhere}\n")

    status, found = checks(capsys)

    assert (status, found["source bastion"][0], found["source other"][0]) == (2, "ok", "fail")
    assert "correct the source's `path`" in found["source other"][1]


def test_a_broken_configuration_is_told_with_its_line_and_the_rest_is_checked(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.config.write_text("organisation: Example\nthread: 2\n")

    status, found = checks(capsys)

    assert (status, found["policy"][0]) == (2, "ok")
    state, text = found["configuration"]
    assert state == "fail"
    assert text == (
        "oncall-audit.yml:2: thread: is unknown. Did you mean 'threads'? Known: control,"
        " first_window_days, geoip, late_after_hours, memory_limit, notify, organisation,"
        " pseudonym_key, redact, reports, retention,"
        " signing_key, sources, spill, threads, time_stamp_authority, time_zone."
    )


def test_an_unset_variable_is_named(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.config.open("a") as config:
        config.write('  pager: {type: pagerduty, token: "${NEVER_SET}"}\n')

    _, found = checks(capsys)

    assert found["secrets"] == ("fail", "Not set: NEVER_SET. Set them in .env.")


def test_an_exception_that_ended_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.policy.open("a") as policy:
        policy.write(
            "exceptions: [{engineer: e1, resource: box, permission: root, owner: Ada Abel,"
            " reason: Old, expires: 2020-01-31}]\n"
        )

    status, found = checks(capsys)

    assert (status, found["policy"][0]) == (0, "note")
    assert "The exception of e1 on box ended" in found["policy"][1]


def test_an_env_file_that_everybody_may_read_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.secrets.write_text("A=b\n")
    workspace.secrets.chmod(0o644)

    _, found = checks(capsys)

    assert found["secrets"] == ("note", "Everybody on this machine may read .env: chmod 600 .env")


def test_a_clock_that_was_set_back_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    ahead = workspace.policy.stat().st_mtime + 86_400
    os.utime(workspace.policy, (ahead, ahead))

    status, found = checks(capsys)

    assert (status, found["clock"][0]) == (2, "fail")
