"""What a mistake in the configuration or the policy gets: its place, a remedy, and status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.__main__ import main
from oncall_audit.workspace import Workspace

Said = pytest.CaptureFixture[str]

MISTAKES = [
    ("oncall-audit.yml", "threads: 2", "thread: 2", "thread: is unknown. Did you mean 'threads'?"),
    ("oncall-audit.yml", "UTC", "Mars/Base", "time_zone: there is no time zone 'Mars/Base'."),
    ("oncall-audit.yml", "type: sshd", "type: shsd", "there is no connector 'shsd'. Did you mean 'sshd'?"),
    ("oncall-audit.yml", "path: logs", "pth: logs", "pth: is no option of sshd. Did you mean 'path'?"),
    ("oncall-audit.yml", "path: logs", "path: '${LOGS_OF_NOBODY}'", "the variable LOGS_OF_NOBODY is not set; set it in .env"),
    ("oncall-audit.yml", "path: logs}", "path: logs", "no valid YAML"),
    ("oncall-audit.yml", "threads: 2", "organisation: B", "organisation: stands here again; first on line 1."),
    ("oncall-audit.yml", "  hosts: {type: sshd, path: logs}", "", "names no source; add one under `sources:`."),
    ("policy.yml", "service: pay", "service: pya", "'pya'"),
    ("policy.yml", "before_minutes: 15", "before_minutes: soon", "before_minutes: should be a"),
    ("policy.yml", "kind: server", "kind: [server", "no valid YAML"),
    ("policy.yml", "grace", "grase", "grase: is unknown. Did you mean 'grace'?"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of three lines."""
    monkeypatch.chdir(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.config.write_text(
        "organisation: A\nthreads: 2\ntime_zone: UTC\nsources:\n  hosts: {type: sshd, path: logs}\n"
    )
    workspace.policy.write_text(
        "grace: {before_minutes: 15}\nservices: {pay: {tier: 1}}\n"
        "resources:\n  db: {kind: server, service: pay}\n"
    )
    return workspace


def test_with_no_source_at_all_nothing_is_published(small: Workspace, capsys: Said) -> None:
    status = main(["run"])

    told = capsys.readouterr().err
    assert (status, told.count("\n")) == (4, 1)
    assert f"No source could be read: {small.root}/logs holds no file: correct" in told
    assert not small.publication.exists()


@pytest.mark.parametrize(("file", "right", "wrong", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_place(
    small: Workspace, capsys: Said, file: str, right: str, wrong: str, told: str
) -> None:
    path = small.root / file
    path.write_text(path.read_text().replace(right, wrong, 1))

    status = main(["run"])

    said = capsys.readouterr().err
    assert status == 2
    assert told in said
    assert file in said
    assert "Traceback" not in said
    assert not small.publication.exists()


def test_a_key_that_cannot_sign_is_told_before_anything_is_read(
    small: Workspace, capsys: Said
) -> None:
    small.config.write_text(small.config.read_text() + "signing_key: nowhere.pem\n")

    status = main(["run"])

    (said,) = capsys.readouterr().err.splitlines()
    assert status == 2
    assert f"The signing key {small.root / 'nowhere.pem'} cannot be read" in said
    assert not small.manifest.exists()
