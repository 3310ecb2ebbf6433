"""Objects of an S3 bucket: listed whole, and kept as files that are whole."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from oncall_audit.connectors.aws import REMEDIES, asked, client, visible
from oncall_audit.connectors.http import TRIES, back_off
from oncall_audit.errors import SourceError

_CHUNK = 1024 * 1024
# What AWS says, and what to do about it; of anything else: whether it will pass.
_REMEDIES = {
    **REMEDIES,
    "NoSuchBucket": "correct `bucket`",
    "NoSuchKey": "it was there when the bucket was listed, so somebody removed it: find out who",
    "PreconditionFailed": "somebody replaced it meanwhile: find out who, and run again",
    "InvalidObjectState": "it is archived: restore it, or begin the window later",
    "AccessDenied": "give the credentials what docs/connectors names, also for the key in KMS",
}


@dataclass(frozen=True, slots=True)
class Object:
    """What a bucket's list says of one object; `modified_at` is when it was put, in UTC."""

    key: str
    size: int
    etag: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, asked with whatever credentials boto3 finds; every failure is a `SourceError`."""

    name: str
    client: Any = field(repr=False)

    def folders(self, prefix: str) -> list[str]:
        """Return the names right below a prefix that ends in a slash."""
        answers = self._answers(Prefix=prefix, Delimiter="/")
        found = (it["Prefix"] for answer in answers for it in answer.get("CommonPrefixes", ()))
        return [it.removeprefix(prefix).rstrip("/") for it in found]

    def objects(self, prefix: str, after: str) -> Iterator[Object]:
        """Yield the objects below a prefix whose keys come after `after`, in their order."""
        for answer in self._answers(Prefix=prefix, StartAfter=after):
            for it in answer.get("Contents", ()):
                yield Object(it["Key"], it["Size"], it["ETag"], it["LastModified"])

    def keep(self, found: Object, target: Path) -> None:
        """Let a file hold an object, whole or not at all; one that it held before stays beside it.

        A file of the object's size and time is taken for the object, as other tools' copies are.
        """
        try:
            if not _is_kept(found, target):
                self._fetch(found, target)
        except OSError as error:
            raise SourceError(
                f"{target} cannot be written ({error.strerror}): make room, or make it writable."
            ) from error

    def _fetch(self, found: Object, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name with a dot is read by nobody, so what a killed run leaves is no log file.
        part = target.with_name(f".{target.name}.part")
        for attempt in range(1, TRIES + 1):
            try:
                self._write(found, part)
                break
            except _HalfError as error:
                if attempt == TRIES:
                    raise SourceError(f"{self._at(found.key)} {error}: run again.") from None
                time.sleep(back_off(attempt))
        if target.exists():
            target.replace(target.with_name(f".{target.name}.{target.stat().st_mtime_ns}"))
        put_at = found.modified_at.timestamp()
        os.utime(part, (put_at, put_at))
        part.replace(target)

    def _write(self, found: Object, part: Path) -> None:
        from botocore.exceptions import BotoCoreError

        with self._asked(found.key):
            said = self.client.get_object(Bucket=self.name, Key=found.key, IfMatch=found.etag)
        size, told = 0, hashlib.md5(usedforsecurity=False)
        try:
            with part.open("wb") as stream:
                for piece in said["Body"].iter_chunks(_CHUNK):
                    stream.write(piece)
                    told.update(piece)
                    size += len(piece)
                stream.flush()
                os.fsync(stream.fileno())
        except BotoCoreError as error:
            raise _HalfError(f"broke off ({type(error).__name__})") from None
        is_told = _is_md5(said, found.etag) and told.hexdigest() != found.etag.strip('"')
        if size != found.size or said.get("ETag") != found.etag or is_told:
            raise _HalfError("came as something else than the bucket's list says")

    def _answers(self, **asked: Any) -> Iterator[Any]:
        """Yield every page of a list; boto3's own pages end where a token is missing."""
        token: str | None = None
        while True:
            more = {"ContinuationToken": token} if token else {}
            with self._asked(asked["Prefix"]):
                answer = self.client.list_objects_v2(Bucket=self.name, **asked, **more)
            following = answer.get("NextContinuationToken")
            # Of a page of somebody else's boto3 makes an answer in which nothing is.
            if not answer.get("Name") or "IsTruncated" not in answer:
                raise SourceError(f"{self._at(asked['Prefix'])} was listed by something else.")
            yield answer
            if not answer["IsTruncated"]:
                return
            if not following or following == token:
                raise SourceError(f"{self._at(asked['Prefix'])} has a list without an end.")
            token = following

    def _asked(self, key: str) -> AbstractContextManager[None]:
        return asked(self._at(key), _REMEDIES)

    def _at(self, key: str) -> str:
        return "s3://" + visible(f"{self.name}/{key}")


class _HalfError(Exception):
    """An object that did not come whole."""


def opened(bucket: str, region: str | None) -> Bucket:
    """Return a bucket to ask, with boto3's own credentials and its own tries."""
    return Bucket(bucket, client("s3", f"s3://{bucket}", region=region))


def _is_kept(found: Object, target: Path) -> bool:
    if not target.is_file():
        return False
    known = target.stat()
    return (known.st_size, int(known.st_mtime)) == (found.size, int(found.modified_at.timestamp()))


def _is_md5(said: Any, etag: str) -> bool:
    # What a key of KMS or of the site's own encrypts has another one.
    is_plain = said.get("ServerSideEncryption") in (None, "AES256")
    is_own = "SSECustomerAlgorithm" in said
    return is_plain and not is_own and bool(re.fullmatch(r'"[0-9a-f]{32}"', etag))
