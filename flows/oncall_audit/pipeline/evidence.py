"""Puts the evidence of a run together: what was found, under what, after what, and who signs it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from oncall_audit.evidence import chain, keys, manifest, pack, register
from oncall_audit.evidence.keys import SigningKey
from oncall_audit.evidence.manifest import Manifest
from oncall_audit.evidence.time_stamp import Authority
from oncall_audit.pipeline import knowledge
from oncall_audit.pipeline.run import Run
from oncall_audit.reports import populations
from oncall_audit.reports.populations import Scope
from oncall_audit.reports.published import Published
from oncall_audit.settings import Settings
from oncall_audit.warehouse import parts
from oncall_audit.workspace import Workspace

# Beside the tables; what of it exists goes into the pack as it was published.
_READABLE = ("report.html", "report.md", "run.json", "checks.json")
_SCHEDULE = "population/shifts.csv"


def signing_key(workspace: Workspace, settings: Settings) -> SigningKey:
    """Return the key that the configuration gives, else the workspace's own, made at first need."""
    if settings.signing_key:
        return keys.given(settings.signing_key.get_secret_value(), workspace.root)
    return keys.kept(workspace.signing_key, register.read(workspace.register))


def add_pack(run: Run, key: SigningKey, found: Mapping[str, Any]) -> list[str]:
    """Write the run's evidence pack beside its reports, and its hash to the register.

    Returns what people should know of it.

    It goes to the register first: a publication without its line there would break the chain, a
    line without its publication only tells of a run that was killed.
    """
    keys.introduce(run.workspace.register, key, datetime.now(UTC))
    folder = run.prepared / ".evidence"
    within = scope(run)
    with Published(run.prepared / "audit.duckdb") as published:
        rows = populations.write_populations(published, folder, within)
        counted = populations.counts(published, within)
        policies, rules = populations.versions(published)
    copy_policies(run.workspace, policies, folder)
    write_versions(folder, found, rules)
    (folder / "README.txt").write_text(_readme(run, within, found), encoding="utf-8")
    for name in _READABLE:
        if (run.prepared / name).exists():
            shutil.copyfile(run.prepared / name, folder / "record" / name)
    before = write_chain(run.workspace, key, folder)
    content = {
        "organisation": run.settings.organisation,
        "code_version": found["code_version"],
        "policy_sha256": found["policy_sha256"],
        **_window(run),
        "scope_since": within.since.isoformat(),
        **counted,
    }
    rest = {
        "run": _about(run, found),
        "chain": before,
        "published": _published(run, folder),
    }
    authority = Authority(run.settings.time_stamp_authority)
    target = run.prepared / pack.NAME
    written = pack.write(target, folder, key, authority, rows=rows, content=content, rest=rest)
    shutil.rmtree(folder)
    note_pack(run.workspace, written, authority)
    return [authority.failure] if authority.failure else []


def note_pack(workspace: Workspace, written: Manifest, authority: Authority) -> None:
    """Note a pack in the register, for the next one to follow it."""
    custody = written.chain["custody"]
    register.append(
        workspace.register,
        {
            "kind": "manifest",
            "run_id": written.said["run"]["run_id"],
            "at": written.said["run"]["ended_at"],
            "sha256": written.sha256,
            "custody": {name: custody[name] for name in ("lines", "sha256")},
            "time_stamp": authority.url and (authority.failure or "given"),
        },
    )


def scope(run: Run) -> Scope:
    """Return the run's window, from the first earlier day on to which something came late.

    Nothing is late to an incident, nor where everything was asked to be built anew.
    """
    since = run.window.since.astimezone(UTC)
    is_whole = run.incident or run.full_refresh
    first = None if is_whole else knowledge.received_since(run)
    if first and first < since.date():
        since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Scope(since, run.window.until.astimezone(UTC), run.workspace.root)


def copy_policies(workspace: Workspace, policies: list[str], folder: Path) -> None:
    """Put each policy into the pack, under its hash."""
    (folder / "policy").mkdir()
    for sha256 in policies:
        path = workspace.policies / f"{sha256}.json"
        if path.exists():
            shutil.copyfile(path, folder / "policy" / path.name)


def write_versions(folder: Path, found: Mapping[str, Any], rules: list[dict[str, Any]]) -> None:
    """Write `versions.csv`: the code and policy that are `found`, the schedule and the rules."""
    schedule = manifest.listed(folder, [folder / _SCHEDULE])[0]["sha256"]
    with (folder / "versions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("kind", "name", "version"))
        writer.writerow(("code", "oncall-audit", found["code_version"]))
        writer.writerow(("policy", "at the end of the window", found["policy_sha256"]))
        writer.writerow(("schedule", _SCHEDULE, schedule))
        writer.writerows(("rule", rule["rule_id"], rule["version"]) for rule in rules)


def _readme(run: Run, within: Scope, found: Mapping[str, Any]) -> str:
    text = (files("oncall_audit") / "templates" / "evidence.txt").read_text(encoding="utf-8")
    return Template(text).substitute(
        organisation=run.settings.organisation,
        code_version=found["code_version"],
        scope_since=f"{within.since:%Y-%m-%d %H:%M:%S}",
        **_window(run),
    )


def write_chain(workspace: Workspace, key: SigningKey, folder: Path) -> dict[str, Any]:
    """Write key, register and reads into the pack; return what its manifest says came before."""
    (folder / manifest.PUBLIC_KEY).write_bytes(key.public.pem)
    (folder / manifest.REGISTER).write_bytes(register.whole(workspace.register))
    last = chain.last_manifest(register.read(folder / manifest.REGISTER))
    segment, custody = chain.since(register.whole(workspace.custody), last.get("custody"))
    (folder / manifest.CUSTODY).write_bytes(segment)
    return {**_before(folder), "custody": custody}


def _before(folder: Path) -> dict[str, Any]:
    content = (folder / manifest.REGISTER).read_bytes()
    last = chain.last_manifest(register.parse(content, manifest.REGISTER))
    return {
        "previous": last.get("sha256"),
        "register": {"lines": content.count(b"\n"), "sha256": register.head(content)},
    }


def _window(run: Run) -> dict[str, str]:
    since, until = (it.astimezone(UTC) for it in (run.window.since, run.window.until))
    return {"since": since.isoformat(), "until": until.isoformat()}


def _about(run: Run, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "incident": run.incident,
        "started_at": run.started_at.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "state": found["state"],
        "messages": list(found["messages"]),
    }


def _published(run: Run, folder: Path) -> list[dict[str, Any]]:
    paths = [
        path
        for path in run.prepared.rglob("*")
        if path.is_file() and folder not in path.parents and path.name != pack.NAME
    ]
    # What is linked from night to night is not read again: its name says what it was made as.
    return manifest.listed(run.prepared, paths, parts.files(run.prepared))
