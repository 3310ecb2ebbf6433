"""Reviews of periods as they were made and signed: whole under their hash, and in the register."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rfc8785

from oncall_audit.errors import VerificationFailed
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

KIND = "review"

Record = Mapping[str, Any]
# What a review found, as plain values.
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A review as it was made: the hash of what it says, and its figures for later trends."""

    period: str
    sha256: str
    at: datetime
    run_id: str
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who acknowledged which figures, when (UTC), with what words, and whose findings they had."""

    period: str
    sha256: str
    engineer: str
    at: datetime
    statement: str
    despite_gaps: str | None
    own_findings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as the register has it."""
        names = ("period", "sha256", "engineer", "statement", "despite_gaps")
        plain = {name: getattr(self, name) for name in names}
        return {**plain, "at": self.at.isoformat(), "own_findings": list(self.own_findings)}


def canonical(facts: Facts) -> bytes:
    """Return what is hashed and signed for: RFC 8785 JSON, the same for the same facts."""
    return rfc8785.dumps(facts)


def keep(workspace: Workspace, facts: Facts, run_id: str, at: datetime) -> Made:
    """Keep a review under its hash; note it in the register unless it is the last one there."""
    name, content = facts["period"]["name"], canonical(facts)
    digest = hashlib.sha256(content).hexdigest()
    _write(_path(workspace, name, digest), content)
    last = made(register.read(workspace.register)).get(name)
    if last and last.sha256 == digest:
        return last
    found = Made(name, digest, at, run_id, facts["figures"])
    register.append(
        workspace.register,
        {
            "kind": KIND,
            "step": "made",
            "period": name,
            "sha256": digest,
            "at": at.isoformat(),
            "run_id": run_id,
            "figures": facts["figures"],
        },
    )
    return found


def kept(workspace: Workspace, period: str, sha256: str) -> Facts:
    """Return a review as it was made; raise `VerificationFailed` where it is gone or changed."""
    path = _path(workspace, period, sha256)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise VerificationFailed(
            f"{path} is {'not the review that was made' if content else 'missing'}: the register"
            " has another hash. Restore the file from a backup."
        )
    facts: Facts = json.loads(content)
    return facts


def began(records: Iterable[Record]) -> datetime | None:
    """Return when the first review was made."""
    return min((_moment(it["at"]) for it in _of_step(records, "made")), default=None)


def made(records: Iterable[Record]) -> dict[str, Made]:
    """Return the last review of each period."""
    return {
        it["period"]: Made(
            it["period"], it["sha256"], _moment(it["at"]), it["run_id"], it["figures"]
        )
        for it in _of_step(records, "made")
    }


def figures(records: Iterable[Record], sha256: str) -> Mapping[str, int]:
    """Return the figures of a review that was made at some time; nothing for an unknown one."""
    return next((it["figures"] for it in _of_step(records, "made") if it["sha256"] == sha256), {})


def signatures(records: Iterable[Record], period: str) -> list[Signature]:
    """Return who signed for a period, whatever its figures were then; oldest first."""
    return [
        Signature(
            it["period"],
            it["sha256"],
            it["engineer"],
            _moment(it["at"]),
            it["statement"],
            it.get("despite_gaps"),
            tuple(it["own_findings"]),
        )
        for it in _of_step(records, "signed")
        if it["period"] == period
    ]


def _of_step(records: Iterable[Record], step: str) -> list[Record]:
    return [it for it in records if it["kind"] == KIND and it["step"] == step]


def _path(workspace: Workspace, period: str, sha256: str) -> Path:
    return workspace.reviews / period / f"{sha256}.json"


def _write(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
