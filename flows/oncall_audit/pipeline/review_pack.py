"""The evidence pack of a period: its review and signatures, its population, its audits' packs."""

from __future__ import annotations

import csv
import secrets
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import keys, pack, reviews
from oncall_audit.evidence.manifest import MANIFEST, Manifest
from oncall_audit.evidence.reviews import Facts
from oncall_audit.evidence.signing_off import gaps
from oncall_audit.evidence.standing import Standing
from oncall_audit.evidence.time_stamp import Authority
from oncall_audit.periods import Period
from oncall_audit.pipeline import evidence
from oncall_audit.pipeline.knowledge import code_version
from oncall_audit.pipeline.reviews import Desk
from oncall_audit.reports import populations, review_pages
from oncall_audit.reports.populations import Scope
from oncall_audit.reports.published import Published
from oncall_audit.reports.text import csv_cell
from oncall_audit.workspace import Workspace

_SIGNATURE = ("at", "engineer", "sha256", "statement", "despite_gaps", "own_findings")
_AUDIT = ("run_id", "since", "until", "state", "code_version", "policy_sha256")


def write(
    place: Desk, period: Period, output: Path | None = None
) -> tuple[Path, Manifest, str | None]:
    """Write `evidence-<period>.zip` and note it in the register; whoever calls holds the lock.

    Also returns why it has no time stamp, where it should have one.

    It is of the figures as they are now, signed or not, and no earlier pack is overwritten. Raises
    `ConfigurationError` for a period that no audit has seen complete.
    """
    now = datetime.now(UTC)
    where = place.standing(period, now)
    if where.made is None:
        raise ConfigurationError(
            f"{period.name} has no review to pack: no audit has seen it complete."
            " See 'oncall-audit review list'."
        )
    facts = reviews.kept(place.workspace, period.name, where.made.sha256)
    key = evidence.signing_key(place.workspace, place.settings)
    keys.introduce(place.workspace.register, key, now)
    target = _free(output or place.workspace.reviews / period.name, period.name)
    folder = target.parent / f".{target.stem}-{secrets.token_hex(4)}"
    unfinished = folder.with_name(f"{folder.name}.zip")
    try:
        rows, content = _write_found(place, period, facts, folder)
        _write_record(place, where, facts, folder)
        rest = {
            "run": _about(period, facts, now),
            "chain": evidence.write_chain(place.workspace, key, folder),
            "published": [],
        }
        authority = Authority(place.settings.time_stamp_authority)
        written = pack.write(
            unfinished, folder, key, authority, rows=rows, content=content, rest=rest
        )
        # To the register first: it knows of every pack that is handed out.
        evidence.note_pack(place.workspace, written, authority)
        unfinished.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.unlink(missing_ok=True)
    return target, written, authority.failure


def _free(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / f"evidence-{name}.zip", 1
    while target.exists():
        number += 1
        target = folder / f"evidence-{name}.{number}.zip"
    return target


def _write_found(
    place: Desk, period: Period, facts: Facts, folder: Path
) -> tuple[dict[str, int], dict[str, Any]]:
    """Write what is the same whenever it is packed; return each table's rows and the content."""
    scope = Scope(period.since, period.until, place.workspace.root)
    versions = {"code_version": code_version(), "policy_sha256": place.policy.sha256}
    with Published(place.workspace.published) as published:
        rows = populations.write_populations(published, folder, scope)
        counted = populations.counts(published, scope)
        policies, rules = populations.versions(published)
    evidence.copy_policies(place.workspace, policies, folder)
    evidence.write_versions(folder, versions, rules)
    (folder / "review.json").write_bytes(reviews.canonical(facts))
    (folder / "README.txt").write_text(_readme(place, period), encoding="utf-8")
    return rows, {
        "organisation": place.settings.organisation,
        **versions,
        "period": period.name,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "scope_since": period.since.isoformat(),
        "figures": facts["figures"],
        **counted,
    }


def _write_record(place: Desk, where: Standing, facts: Facts, folder: Path) -> None:
    """Write what was done with it up to now: who signed, and the packs of the audits it covers."""
    record = folder / "record"
    with Published(place.workspace.published) as published:
        page = review_pages.model(
            published, facts, where, place.records, place.settings.organisation
        )
    (record / "review.html").write_text(review_pages.html(page), encoding="utf-8")
    (record / "review.md").write_text(review_pages.markdown(page), encoding="utf-8")
    signed = [
        {**it.as_dict(), "own_findings": " ".join(it.own_findings)} for it in where.signatures
    ]
    _write_table(record / "signatures.csv", _SIGNATURE, signed)
    packed = {it["run_id"]: it["sha256"] for it in place.records if it["kind"] == "manifest"}
    audits = [{**it, "manifest_sha256": packed.get(it["run_id"])} for it in facts["audits"]["runs"]]
    _write_table(record / "audits.csv", (*_AUDIT, "manifest_sha256"), audits)
    (record / "manifests").mkdir()
    for run_id, raw in _manifests(place.workspace, audits):
        (record / "manifests" / f"{run_id}.json").write_bytes(raw)


def _manifests(
    workspace: Workspace, audits: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, bytes]]:
    """Yield the manifest of each audit whose publication is still kept."""
    for it in audits:
        path = workspace.publications / it["run_id"] / pack.NAME
        if it["manifest_sha256"] and path.is_file():
            with zipfile.ZipFile(path) as archive:
                yield it["run_id"], archive.read(MANIFEST)


def _about(period: Period, facts: Facts, now: datetime) -> dict[str, Any]:
    lacking = gaps(facts)
    return {
        "run_id": f"review-{period.name}-{secrets.token_hex(4)}",
        "period": period.name,
        "incident": None,
        "started_at": now.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "state": "with exceptions" if lacking else "complete",
        "messages": lacking,
    }


def _readme(place: Desk, period: Period) -> str:
    path = files("oncall_audit") / "templates" / "review-evidence.txt"
    return Template(path.read_text(encoding="utf-8")).substitute(
        organisation=place.settings.organisation,
        period=period.name,
        since=f"{period.since:%Y-%m-%d %H:%M}",
        until=f"{period.until:%Y-%m-%d %H:%M}",
    )


def _write_table(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([csv_cell(it[name]) for name in names] for it in rows)
