"""A small workspace whose audits reach over the week 2026-W14, and that week's review."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from oncall_audit.cli.review import review
from oncall_audit.cli.verify import verify
from oncall_audit.connectors.base import Window
from oncall_audit.evidence import register
from oncall_audit.evidence.reviews import Facts, kept, made
from oncall_audit.pipeline import evidence, reviews
from oncall_audit.pipeline.run import Run
from oncall_audit.workspace import Workspace

WEEK = "2026-W14"
# It is Easter Monday, 05:30, and the week before is over.
MONDAY = datetime(2026, 4, 6, 5, 30, tzinfo=UTC)
_WHOLE = (
    "update audit_runs set until = '2026-04-06 05:30:00' where run_id = 'run-2'",
    "update audit_runs set since = '2026-03-30' where run_id = 'run-1'",
)
_SEEING = "update coverage set state = 'seen' where state = 'blind'"

Audit = Callable[..., None]


def change(workspace: Workspace, *statements: str) -> None:
    """Change the published tables, as a later audit would have built them."""
    path = workspace.published.resolve()
    path.chmod(0o600)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as published")
        connection.execute("use published.audit")
        for statement in statements:
            connection.execute(statement)
        connection.execute("checkpoint published")


def audited(workspace: Workspace, *, at: datetime = MONDAY) -> list[Path]:
    """Do what an audit does about reviews, and publish their pages."""
    run = Run(workspace, "run-2", Window(at - timedelta(days=2), at), at)
    shutil.copytree(workspace.publications / "run-2", run.prepared, dirs_exist_ok=True)
    pages = reviews.prepare(run, run.window.since, is_whole=False)
    shutil.rmtree(workspace.publications / "run-2")
    run.prepared.rename(workspace.publications / "run-2")
    return [workspace.publications / "run-2" / path.relative_to(run.prepared) for path in pages]


@pytest.fixture
def site(workspace: Workspace) -> Workspace:
    """Audits cover the whole week, but three hours of it are blind."""
    workspace.config.write_text("organisation: Example\n")
    workspace.policy.write_text("services: {}\n")
    change(workspace, *_WHOLE)
    return workspace


@pytest.fixture
def whole(site: Workspace) -> Workspace:
    """Nothing of the week is blind either, and its review is made."""
    change(site, _SEEING)
    audited(site)
    return site


def nightly_pack(workspace: Workspace, run_id: str) -> Path:
    """Publish the same tables again, with their evidence, as a nightly audit does."""
    run = Run(workspace, run_id, Window(MONDAY - timedelta(days=2), MONDAY), MONDAY)
    shutil.copytree(workspace.publications / "run-2", run.prepared)
    key = evidence.signing_key(workspace, run.settings)
    versions = {"code_version": "0.1.0", "policy_sha256": "ab" * 32}
    evidence.add_pack(run, key, {"state": "complete", "messages": [], **versions})
    run.prepared.rename(workspace.publications / run_id)
    register.append(workspace.register, {"kind": "run", **run.plain(), "published": True})
    return workspace.publications / run_id / "evidence.zip"


def verified(path: Path, *options: str | Path) -> Result:
    """Verify a pack through the command line."""
    return CliRunner().invoke(verify, [str(path), *map(str, options)])


def problems(path: Path, *options: str | Path) -> list[str]:
    """Return what is wrong with a pack."""
    return [it["what"] for it in json.loads(verified(path, "--json", *options).stdout)["problems"]]


def facts(workspace: Workspace, period: str = WEEK) -> Facts:
    """Return what the last review of a period says."""
    return kept(workspace, period, digest(workspace, period))


def digest(workspace: Workspace, period: str = WEEK) -> str:
    """Return the hash of the last review of a period."""
    return made(register.read(workspace.register))[period].sha256


def run(workspace: Workspace, *arguments: str) -> Result:
    """Use the verb."""
    return CliRunner().invoke(review, [*arguments, "--workspace", str(workspace.root)])


def listed(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return how each review stands, by period."""
    return {it["period"]: it for it in json.loads(run(workspace, "list", "--json").stdout)}


def decide(workspace: Workspace, finding: str, state: str, at: str, **more: Any) -> None:
    """Put a decision into the register, made at some time."""
    register.append(
        workspace.register,
        {
            "kind": "decision", "action_id": f"{finding}-{at}", "finding_id": finding,
            "engineer": "e001", "state": state, "reason": "It is so.", "decided_at": at,
            "expires_at": None, **more,
        },
    )  # fmt: skip
