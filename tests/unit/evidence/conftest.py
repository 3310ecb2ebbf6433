"""Evidence packs of a small workspace, as its runs publish them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oncall_audit.cli.verify import verify
from oncall_audit.connectors.base import Window
from oncall_audit.evidence import register
from oncall_audit.pipeline import evidence
from oncall_audit.pipeline.run import Run
from oncall_audit.workspace import Workspace

SINCE, UNTIL = datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)

Publish = Callable[..., Path]


def publish(workspace: Workspace, run_id: str, **given: Any) -> Path:
    """Do what the stage does with a publication's tables, and register the run."""
    run = Run(workspace, run_id, Window(SINCE, UNTIL), UNTIL, **given)
    shutil.copytree(workspace.publications / "run-2", run.prepared)
    key = evidence.signing_key(workspace, run.settings)
    found = {
        "state": "complete",
        "messages": [],
        "code_version": "0.1.0",
        "policy_sha256": "ab" * 32,
    }
    evidence.add_pack(run, key, found)
    run.prepared.rename(workspace.publications / run_id)
    register.append(workspace.register, {"kind": "run", **run.plain(), "published": True})
    return workspace.publications / run_id / "evidence.zip"


@pytest.fixture
def pack(workspace: Workspace) -> Path:
    """The pack of the workspace's first run."""
    workspace.config.write_text("organisation: Example\n")
    return publish(workspace, "run-3")


@pytest.fixture
def unpacked(pack: Path, tmp_path: Path) -> Path:
    """The same pack as somebody has unpacked it."""
    shutil.unpack_archive(pack, tmp_path / "unpacked")
    return tmp_path / "unpacked"


@pytest.fixture
def public_key(workspace: Workspace, pack: Path, tmp_path: Path) -> Path:
    """The public key, as it was handed over."""
    key = evidence.signing_key(workspace, evidence_settings(workspace))
    path = tmp_path / "key.pem"
    path.write_bytes(key.public.pem)
    return path


def evidence_settings(workspace: Workspace) -> Any:
    from oncall_audit import settings

    return settings.load(workspace)


def verified(path: Path, *options: str | Path) -> tuple[int, dict[str, Any]]:
    """Verify a pack; return the exit status and what was said."""
    result = told(path, "--json", *options)
    return result.exit_code, json.loads(result.stdout)


def told(path: Path, *options: str | Path) -> Result:
    """Verify a pack through the command line."""
    return CliRunner().invoke(verify, [str(path), *map(str, options)])


def problems(path: Path, *options: str | Path) -> list[tuple[str | None, str]]:
    """Return every file that was touched and how."""
    status, said = verified(path, *options)
    assert status == (5 if said["problems"] else 0)
    return [(it["file"], it["what"]) for it in said["problems"]]


def write(path: Path, content: bytes) -> None:
    """Change a published file, which is read-only, without a trace in its name or times."""
    before = path.stat()
    path.chmod(0o600)
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
