"""Writes the digests of a trail: every hour what AWS delivered, and the digest before it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from oncall_audit.demo.inventory import REGION
from oncall_audit.demo.model import World
from oncall_audit.demo.planted_digests import TRAILS, digest_name, digest_times
from oncall_audit.demo.writers.files import utc, write_gzip

Document = dict[str, Any]

BUCKET = "example-payments-trail"
_HOUR = timedelta(hours=1)


def write_digests(world: World, root: Path) -> None:
    """Write what AWS says of the log files that lie below `root` already."""
    for account in TRAILS:
        _Chain(world, root / "logs" / "cloudtrail", account).write()


def renew_digests(folder: Path, original: Path) -> None:
    """Let the digests of a copy tell of its files what those of the original tell of theirs.

    What agrees there agrees here, and what does not stays as it is.
    """
    old, new = _by_name(original), _by_name(folder)
    digests = [[name for name in sorted(it) if "_CloudTrail-Digest_" in name] for it in (old, new)]
    for old_name, new_name in zip(*digests, strict=True):
        was, told = _document(old[old_name]), _document(new[new_name])
        files = zip(was["logFiles"], told["logFiles"], strict=True)
        pairs = [("s3Object", "hashValue", *pair) for pair in files]
        pairs.append(("previousDigestS3Object", "previousDigestHashValue", was, told))
        for place, value, before, after in pairs:
            path = old.get(_name(before[place]))
            if path and text_sha256(path) == before[value]:
                after[value] = text_sha256(new[_name(after[place])])
        write_gzip(new[new_name], told)


def text_sha256(path: Path) -> str:
    """Return the SHA-256 of the text of a compressed file."""
    return hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()


def _by_name(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.rglob("*.json.gz")}


def _name(place: str | None) -> str:
    return (place or "").rpartition("/")[2]


def _document(path: Path) -> Document:
    document: Document = json.loads(gzip.decompress(path.read_bytes()))
    return document


class _Chain:
    """The digests of one trail, from the first to the last."""

    def __init__(self, world: World, folder: Path, account: str) -> None:
        # Reproducible on purpose; nothing here is a secret.
        self._random = Random(f"{account}-digests")  # noqa: S311
        self._folder = folder
        self._account = account
        self._times = digest_times(world, account)
        self._faults = {
            each.ended_at: each.kind for each in world.digest_faults if each.account == account
        }
        self._previous: Document | None = None
        self._delivered = self._deliveries()

    def write(self) -> None:
        """Write every digest but those that were removed."""
        for ended_at in self._times:
            fault = self._faults.get(ended_at)
            told = self._digest(ended_at, self._named(ended_at))
            place = self._folder / told["digestS3Object"]
            if fault == "changed":
                write_gzip(place, {**told, "logFiles": []})
            elif fault != "absent":
                write_gzip(place, told)
            self._previous = told

    def _deliveries(self) -> dict[datetime, list[Path]]:
        found: defaultdict[datetime, list[Path]] = defaultdict(list)
        past = TRAILS[self._account][1]
        logs = self._folder / "AWSLogs" / self._account / "CloudTrail"
        for path in sorted(logs.rglob("*.json.gz")):
            delivered_at = datetime.strptime(path.name.split("_")[3], "%Y%m%dT%H%M%z")
            hour = (delivered_at.astimezone(UTC) - past).replace(minute=0, second=0)
            found[hour + past + _HOUR].append(path)
        return found

    def _named(self, ended_at: datetime) -> list[Document]:
        named = [self._log_file(path) for path in self._delivered.get(ended_at, ())]
        if self._faults.get(ended_at) == "rewritten":
            # As if the file had held one record more when it was delivered.
            whole = _document(self._folder / named[0]["s3Object"])
            whole["Records"].append(whole["Records"][0])
            named[0]["hashValue"] = _sha256(whole)
        if self._faults.get(ended_at) == "missing":
            named += [self._removed(ended_at - timedelta(minutes=after)) for after in (20, 40)]
        return named

    def _log_file(self, path: Path) -> Document:
        times = sorted(record["eventTime"] for record in _document(path)["Records"])
        return {
            "s3Bucket": BUCKET,
            "s3Object": str(path.relative_to(self._folder)),
            "hashValue": text_sha256(path),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": times[-1],
            "oldestEventTime": times[0],
        }

    def _removed(self, at: datetime) -> Document:
        key = "".join(self._random.choices("ABCDEFGHJKLMNPabcdefghjkmnp23456789", k=16))
        folder = f"AWSLogs/{self._account}/CloudTrail/{REGION}/{at:%Y/%m/%d}"
        name = f"{self._account}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_{key}.json.gz"
        return {
            "s3Bucket": BUCKET,
            "s3Object": f"{folder}/{name}",
            "hashValue": f"{self._random.getrandbits(256):064x}",
            "hashAlgorithm": "SHA-256",
            "newestEventTime": utc(at - timedelta(minutes=8)),
            "oldestEventTime": utc(at - timedelta(minutes=13)),
        }

    def _digest(self, ended_at: datetime, files: list[Document]) -> Document:
        folder = f"AWSLogs/{self._account}/CloudTrail-Digest/{REGION}/{ended_at:%Y/%m/%d}"
        before = self._previous
        return {
            "awsAccountId": self._account,
            "digestStartTime": utc(ended_at - _HOUR),
            "digestEndTime": utc(ended_at),
            "digestS3Bucket": BUCKET,
            "digestS3Object": f"{folder}/{digest_name(self._account, ended_at)}",
            "digestPublicKeyFingerprint": hashlib.md5(
                self._account.encode(), usedforsecurity=False
            ).hexdigest(),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": max((it["newestEventTime"] for it in files), default=None),
            "oldestEventTime": min((it["oldestEventTime"] for it in files), default=None),
            "previousDigestS3Bucket": before and BUCKET,
            "previousDigestS3Object": before and before["digestS3Object"],
            "previousDigestHashValue": before and _sha256(before),
            "previousDigestHashAlgorithm": before and "SHA-256",
            "previousDigestSignature": before and f"{self._random.getrandbits(2048):0512x}",
            "logFiles": files,
        }


def _sha256(document: Document) -> str:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
