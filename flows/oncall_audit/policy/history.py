"""Which policy held when: every version is kept under its hash, so that today's rewrites nothing.

A version holds from when a run first saw it, or from its own `effective_from`, until the next one
does; the first has always held. What is recorded later wins from where it begins.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.errors import VerificationFailed
from oncall_audit.policy.model import Policy

Row = tuple[Any, ...]
Record = Mapping[str, Any]

# What a name or an address stands for is looked up in all of a group: they change together.
_TOGETHER = (
    ("resources", "resource_names"),
    ("networks", "gateways", "gateway_addresses", "gateway_resources"),
)


@dataclass(frozen=True, slots=True)
class Version:
    """A policy as one run after another saw it, and since when and until when it holds (UTC)."""

    sha256: str
    first_run: str
    recorded_at: datetime
    effective_from: datetime | None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def row(self) -> Row:
        """The version as the warehouse knows it."""
        declared = self.effective_from is not None
        return (
            self.sha256, self.valid_from, self.valid_until,
            self.recorded_at, self.first_run, declared,
        )  # fmt: skip


def record(policy: Policy) -> dict[str, Any]:
    """Return what a run's record in the register says of its policy."""
    since = policy.effective_from
    return {
        "policy_sha256": policy.sha256,
        "policy_effective_from": since.isoformat() if since else None,
    }


def keep(policy: Policy, folder: Path) -> Path:
    """Keep the policy durably under its hash; the file's bytes have that hash."""
    path = folder / f"{policy.sha256}.json"
    if not kept(policy, folder):
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{path.name}"
        with unfinished.open("wb") as file:
            file.write(policy.canonical)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    return path


def kept(policy: Policy, folder: Path) -> bool:
    """Tell whether a run has kept this policy."""
    return (folder / f"{policy.sha256}.json").exists()


def versions(runs: Iterable[Record]) -> list[Version]:
    """Return the versions that hold at some time, in order of time, from the records of runs."""
    standing: list[Version] = []
    for version in _seen(runs):
        since = version.effective_from or version.recorded_at
        if not standing:
            standing.append(version)
            continue
        standing = [it for it in standing if it.valid_from is None or it.valid_from < since]
        standing.append(_dated(version, since, None))
    ends = [*(it.valid_from for it in standing[1:]), None]
    return [_dated(it, it.valid_from, end) for it, end in zip(standing, ends, strict=True)]


def rows(held: Iterable[Version], folder: Path) -> dict[str, list[Row]]:
    """Return each policy table's rows, with the time through which that table stayed the same."""
    tables = [(version, _load(version, folder).tables()) for version in held]
    found: dict[str, list[Row]] = {}
    for name in tables[0][1] if tables else ():
        group = next((it for it in _TOGETHER if name in it), (name,))
        found[name] = []
        for first, last, content in _stretches(tables, group):
            found[name] += [
                (*row, first.valid_from, last.valid_until) for row in content[group.index(name)]
            ]
    return found


def _seen(runs: Iterable[Record]) -> list[Version]:
    seen: list[Version] = []
    for run in runs:
        # Runs before there was a history kept no policy.
        if "policy_effective_from" not in run or (seen and seen[-1].sha256 == run["policy_sha256"]):
            continue
        since = run["policy_effective_from"]
        seen.append(
            Version(
                sha256=run["policy_sha256"],
                first_run=run["run_id"],
                recorded_at=datetime.fromisoformat(run["started_at"]).astimezone(UTC),
                effective_from=datetime.fromisoformat(since).astimezone(UTC) if since else None,
            )
        )
    return seen


def _dated(version: Version, since: datetime | None, until: datetime | None) -> Version:
    return Version(
        version.sha256, version.first_run, version.recorded_at, version.effective_from, since, until
    )


def _stretches(
    tables: list[tuple[Version, dict[str, list[Row]]]], group: tuple[str, ...]
) -> list[tuple[Version, Version, list[list[Row]]]]:
    """Join neighbouring versions in which the tables of the group say the same."""
    joined: list[tuple[Version, Version, list[list[Row]]]] = []
    for version, content in tables:
        said = [content[name] for name in group]
        if joined and [set(it) for it in joined[-1][2]] == [set(it) for it in said]:
            joined[-1] = (joined[-1][0], version, joined[-1][2])
        else:
            joined.append((version, version, said))
    return joined


def _load(version: Version, folder: Path) -> Policy:
    path = folder / f"{version.sha256}.json"
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != version.sha256:
        raise VerificationFailed(
            f"{path} is missing or was changed: it is the policy by which accesses since "
            f"{version.valid_from or 'the beginning'} are judged. Restore it from a backup."
        )
    document = json.loads(content)
    # These are always today's, and an old file may name some that are gone.
    for name in ("thresholds", "control", "effective_from"):
        document.pop(name, None)
    for exception in document["exceptions"]:
        exception["expires"] = datetime.fromisoformat(exception["expires"])
    return Policy.model_validate(document)
