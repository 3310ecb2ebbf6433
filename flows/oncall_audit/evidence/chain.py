"""What came before a pack: the register and the record of reads in it, and the pack before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oncall_audit.errors import VerificationFailed
from oncall_audit.evidence import register
from oncall_audit.evidence.manifest import CUSTODY, MANIFEST, REGISTER, Manifest
from oncall_audit.evidence.opened import Opened, Problem, Unreadable, read

Records = list[dict[str, Any]]


def register_of(pack: Opened, manifest: Manifest) -> tuple[Records, list[Problem]]:
    """Return the register's records and what is wrong with its chain."""
    try:
        content = _content(pack, manifest, REGISTER)
        records = register.parse(content, REGISTER)
    except (Unreadable, VerificationFailed) as error:
        return [], [Problem(REGISTER, str(error))]
    said = manifest.chain["register"]
    if (len(records), register.head(content)) != (said["lines"], said["sha256"]):
        return records, [Problem(REGISTER, "does not end with the line that the manifest names")]
    named = last_manifest(records).get("sha256")
    if named != manifest.chain["previous"]:
        return records, [
            Problem(MANIFEST, "names another manifest before it than the register does")
        ]
    return records, []


def custody_of(pack: Opened, manifest: Manifest) -> tuple[str, list[Problem]]:
    """Return what the record of reads says, and what is wrong with its chain."""
    said = manifest.chain["custody"]
    try:
        content = _content(pack, manifest, CUSTODY)
        records = register.parse(content, CUSTODY, said["after"])
    except (Unreadable, VerificationFailed) as error:
        return "", [Problem(CUSTODY, str(error))]
    head = register.head(content) if records else said["after"]
    if head != said["sha256"]:
        return "", [Problem(CUSTODY, "does not end with the line that the manifest names")]
    told = f"{len(records)} reads since the last pack"
    # True when it was published: the pack is whole, what it tells of is not.
    cut = "" if said["continues"] else "; earlier ones were removed or changed before this pack"
    return told + cut, []


def follows(
    manifest: Manifest, records: Records, before: Manifest, pack: Opened
) -> tuple[str, list[Problem]]:
    """Return how the pack follows the one `before` it, and what is wrong with that."""
    name, said = str(before.said["run"]["run_id"]), before.chain["register"]
    packs = [it for it in records if it["kind"] == "manifest"]
    place = next((n for n, it in enumerate(packs) if it["sha256"] == before.sha256), None)
    if place is None:
        what = f"The pack does not follow the one of run {name}, which its register does not know."
        return "", [Problem(None, what)]
    lines = _content(pack, manifest, REGISTER).split(b"\n")[: said["lines"]]
    if said["lines"] and register.line_hash(lines[-1]) != said["sha256"]:
        return "", [Problem(REGISTER, f"does not go on from the one in the pack of run {name}")]
    # An incident's pack may be left out, and so may one that a run that failed never published.
    nightly = {it["run_id"] for it in records if it["kind"] == "run" and _is_nightly(it)}
    later = [it["run_id"] for it in packs[place + 1 :] if it["run_id"] in nightly]
    if later:
        what = f"Between the pack and the one of run {name} are those of {', '.join(later)}."
        return "", [Problem(None, what)]
    return f"follows the one of run {name}", []


def since(content: bytes, last: Mapping[str, Any] | None) -> tuple[bytes, dict[str, Any]]:
    """Return the reads after the `last` pack's, and what the next manifest says of them.

    Where the lines before were removed or changed, all that are left are returned.
    """
    lines = [line + b"\n" for line in content.split(b"\n")[:-1]]
    count, after = (last["lines"], last["sha256"]) if last else (0, register.GENESIS)
    continues = register.head(b"".join(lines[:count])) == after and len(lines) >= count
    segment = b"".join(lines[count:] if continues else lines)
    after = after if continues else register.GENESIS
    return segment, {
        "lines": len(lines),
        "sha256": register.head(segment) if segment else after,
        "after": after,
        "continues": continues,
    }


def last_manifest(records: Records) -> dict[str, Any]:
    """Return what the register says of the last pack; nothing before the first."""
    return next((it for it in reversed(records) if it["kind"] == "manifest"), {})


def _is_nightly(run: dict[str, Any]) -> bool:
    return bool(run["published"]) and not run.get("incident")


def _content(pack: Opened, manifest: Manifest, name: str) -> bytes:
    size = next((file.bytes for file in manifest.files if file.path == name), None)
    if size is None:
        raise Unreadable("the manifest does not name it")
    return read(pack, name, size)
