"""Checks a pack with nothing but the pack and a public key; names every file that was touched."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncall_audit.errors import ConfigurationError, VerificationFailed
from oncall_audit.evidence import chain, keys, time_stamp
from oncall_audit.evidence.keys import PublicKey
from oncall_audit.evidence.manifest import (
    MANIFEST,
    SIGNATURE,
    TIME_STAMP,
    File,
    Manifest,
    content_hash,
)
from oncall_audit.evidence.opened import Opened, Problem, Unreadable, opened, read

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LONGEST_MANIFEST = 64 << 20
# Files that were added, each held against each that is missing.
_COMPARED = 100


@dataclass
class Verdict:
    """What came of each check, in order, and everything that is wrong."""

    pack: str
    manifest: Manifest | None = None
    signed_by: str | None = None
    trust: str | None = None
    stamped_at: datetime | None = None
    checks: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.problems

    def note(self, check: str, good: str, problems: list[Problem]) -> None:
        """Record a check: what it found where all is well, else how much is wrong."""
        self.checks[check] = f"{len(problems)} wrong" if problems else good
        self.problems += problems

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for programs."""
        said = self.manifest.said if self.manifest else {}
        return {
            "pack": self.pack,
            "verified": self.is_good,
            "run": said.get("run"),
            "since": said.get("content", {}).get("since"),
            "until": said.get("content", {}).get("until"),
            "manifest_sha256": self.manifest.sha256 if self.manifest else None,
            "content_sha256": said.get("content_sha256"),
            "signed_by": self.signed_by,
            "trust": self.trust,
            "time_stamped_at": self.stamped_at.isoformat() if self.stamped_at else None,
            "checks": self.checks,
            "problems": [asdict(problem) for problem in self.problems],
        }


def verify(
    path: Path,
    expected: PublicKey | None = None,
    previous: Path | None = None,
    roots: Sequence[Certificate] = (),
) -> Verdict:
    """Check a pack; raise `ConfigurationError` where there is none, or nothing to check it with.

    `expected` is the key that should have signed it, `roots` the certificates of the authority that
    should have stamped it, `previous` the pack that it should follow.
    """
    verdict = Verdict(str(path))
    try:
        with opened(path) as pack:
            _check(verdict, pack, expected, previous)
            if verdict.manifest and (roots or TIME_STAMP in pack.names()):
                stamp = time_stamp.checked(pack, verdict.manifest, roots)
                verdict.stamped_at = stamp.at
                verdict.note("time stamp", stamp.told, stamp.problems)
    except Unreadable as error:
        verdict.note("manifest", "", [Problem(MANIFEST, f"cannot be read: {error}")])
    except VerificationFailed as error:
        verdict.note("manifest", "", [Problem(None, str(error))])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # It has the form of a manifest and was signed, but not by this program.
        what = f"does not say what a manifest has to say ({type(error).__name__})"
        verdict.note("manifest", "", [Problem(MANIFEST, what)])
    return verdict


def _check(
    verdict: Verdict, pack: Opened, expected: PublicKey | None, previous: Path | None
) -> None:
    try:
        manifest = verdict.manifest = _manifest(pack, verdict.pack)
    except VerificationFailed as error:
        # Without it nothing is known of the rest.
        verdict.note("manifest", "", [Problem(MANIFEST, str(error))])
        return
    _check_files(verdict, pack, manifest)
    _check_signature(verdict, pack, manifest)
    _check_content(verdict, manifest)
    records, problems = chain.register_of(pack, manifest)
    verdict.note("register", f"{len(records)} lines, unbroken", problems)
    verdict.note("custody", *chain.custody_of(pack, manifest))
    _check_key(verdict, expected, records)
    if previous:
        with opened(previous) as before:
            verdict.note(
                "previous",
                *chain.follows(manifest, records, _manifest(before, str(previous)), pack),
            )


def _check_files(verdict: Verdict, pack: Opened, manifest: Manifest) -> None:
    files = {file.path: file for file in manifest.files}
    names = pack.names()
    there = set(names)
    expected = [*files, MANIFEST, SIGNATURE, *(n for n in (TIME_STAMP,) if n in there)]
    problems = [Problem(n, "is there twice") for n, times in Counter(names).items() if times > 1]
    missing = [file for name, file in files.items() if name not in there]
    added = [name for name in dict.fromkeys(names) if name not in expected]
    problems += list(_moved(pack, missing, added))
    for name, file in files.items():
        if name in there and (what := _difference(pack, file)):
            problems.append(Problem(name, what))
    if not problems and names != expected and sorted(names) != sorted(expected):
        problems.append(Problem(SIGNATURE, "is missing"))
    elif not problems and names != expected and pack.is_sealed_by(_own(manifest)) is not None:
        first = next(a for a, b in zip(names, expected, strict=True) if a != b)
        problems.append(Problem(first, "is not in its place: the files were put in another order"))
    verdict.note("files", f"{len(files)} files as published", problems)


def _moved(pack: Opened, missing: list[File], added: list[str]) -> Iterator[Problem]:
    """Tell files that are gone, that are new, and that are the same under another name."""
    left = added[:_COMPARED]
    for file in missing:
        same = next((name for name in left if not _difference(pack, file, name)), None)
        if same is None:
            yield Problem(file.path, "is missing")
        else:
            left.remove(same)
            yield Problem(file.path, f"was renamed to {same}")
    left += added[_COMPARED:]
    yield from (Problem(name, "was added: it does not belong to the pack") for name in left)


def _difference(pack: Opened, file: File, name: str | None = None) -> str | None:
    digest, size = hashlib.sha256(), 0
    try:
        for block in pack.blocks(name or file.path, file.bytes):
            digest.update(block)
            size += len(block)
    except Unreadable as error:
        return f"was changed: it cannot be read ({error})"
    if size != file.bytes:
        return f"was changed: it has not the {file.bytes} bytes that it had"
    return None if digest.hexdigest() == file.sha256 else "was changed: its SHA-256 is another"


def _check_signature(verdict: Verdict, pack: Opened, manifest: Manifest) -> None:
    key = _own(manifest)
    verdict.signed_by = key.fingerprint
    problems = []
    try:
        if not key.verifies(read(pack, SIGNATURE, 64), manifest.raw):
            problems.append(
                Problem(MANIFEST, f"was changed, or {SIGNATURE} was: the signature does not fit")
            )
    except Unreadable as error:
        problems.append(Problem(SIGNATURE, f"cannot be read: {error}"))
    verdict.note("signature", "Ed25519, of the manifest as it is", problems)
    seal = pack.is_sealed_by(key)
    if seal is None:
        verdict.checks["container"] = "unpacked: only the files in it are checked"
        return
    touched = [Problem(None, "The zip file itself was touched: it is not, byte for byte, the one"
                       " that was published.")]  # fmt: skip
    verdict.note("container", "every byte as published", [] if seal else touched)


def _check_content(verdict: Verdict, manifest: Manifest) -> None:
    content = manifest.said["content"]
    problems = []
    if content_hash(content) != manifest.said.get("content_sha256"):
        problems.append(Problem(MANIFEST, "does not have the content hash that it names"))
    problems += [
        Problem(MANIFEST, f"the control totals of {it.get('source_name')} do not add up")
        for it in content.get("control_totals", ())
        if it["records"] != it["landed"] + it["duplicates"] + it["ignored"] + it["quarantined"]
    ]
    verdict.note("content", f"SHA-256 {manifest.said.get('content_sha256')}", problems)


def _check_key(verdict: Verdict, expected: PublicKey | None, records: list[dict[str, Any]]) -> None:
    """Say who signed: the key that was expected, one that it vouches for, or nobody knows."""
    if expected is None:
        verdict.trust = "unknown"
        verdict.checks["key"] = "the pack's own: it is whole, but who signed it is not proven"
        return
    trusted = keys.trusted(expected, records)
    if verdict.signed_by == expected.fingerprint:
        verdict.trust, verdict.checks["key"] = "expected", "the expected one"
    elif since := trusted.get(str(verdict.signed_by)):
        verdict.trust = "vouched for"
        verdict.checks["key"] = f"follows the expected one since {since:%Y-%m-%d %H:%M} UTC"
    else:
        verdict.trust = "another"
        what = (
            f"The pack is signed by another key, {verdict.signed_by}, for which"
            f" the expected one, {expected.fingerprint}, does not vouch."
        )
        verdict.note("key", "", [Problem(None, what)])


def _own(manifest: Manifest) -> PublicKey:
    try:
        return keys.public_key(keys.pem(manifest.key), MANIFEST)
    except ConfigurationError as error:
        raise VerificationFailed(str(error)) from None


def _manifest(pack: Opened, name: str) -> Manifest:
    return Manifest.read(read(pack, MANIFEST, _LONGEST_MANIFEST), name)
