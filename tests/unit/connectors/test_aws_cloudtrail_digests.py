"""Digests of a trail, and whether AWS signed them, with keys made for the occasion."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from servers.aws_s3 import BUCKET, S3

from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail
from oncall_audit.errors import ConfigurationError

Rows = Callable[..., list[tuple[Any, ...]]]
Document = dict[str, Any]
T = "aws_cloudtrail__digests"
TOLD = "digest[-24:], previous_signature"
FOLDER = "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2024/01/09"
LOG = "AWSLogs/111122223333/CloudTrail/eu-central-1/2024/01/09/111122223333_CloudTrail_eu-central-1_20240109T0040Z_x.json.gz"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def name(hour: int) -> str:
    return f"{FOLDER}/111122223333_CloudTrail-Digest_eu-central-1_main_eu-central-1_20240109T{hour:02}0000Z.json.gz"


@dataclass
class Trail:
    """AWS as it writes digests, each with the signature of the one before it."""

    key: rsa.RSAPrivateKey
    fingerprint: str = "f1"
    files: dict[str, bytes] = field(default_factory=dict)
    previous: Document | None = None
    signature: str | None = None

    def digest(self, hour: int, *log_files: Document, **other: Any) -> None:
        before = self.previous
        text = before and json.dumps(before).encode()
        document = {
            "digestStartTime": f"2024-01-09T{hour - 1:02}:00:00Z",
            "digestEndTime": f"2024-01-09T{hour:02}:00:00Z",
            "digestS3Bucket": "trail",
            "digestS3Object": name(hour),
            "digestPublicKeyFingerprint": self.fingerprint,
            "previousDigestS3Object": before and before["digestS3Object"],
            "previousDigestHashValue": text and hashlib.sha256(text).hexdigest(),
            "previousDigestSignature": self.signature,
            "logFiles": list(log_files),
            **other,
        }
        signed = "\n".join(
            (
                document["digestEndTime"],
                f"trail/{document['digestS3Object']}",
                hashlib.sha256(json.dumps(document).encode()).hexdigest(),
                self.signature or "null",
            )
        )
        self.previous = document
        self.signature = self.key.sign(signed.encode(), PKCS1v15(), SHA256()).hex()
        self.files[name(hour)] = gzip.compress(json.dumps(document).encode())


@pytest.fixture
def keys(key: rsa.RSAPrivateKey, tmp_path: Path) -> Path:
    encoded = key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    path = tmp_path / "keys.json"
    value = base64.b64encode(encoded).decode()
    path.write_text(json.dumps({"PublicKeyList": [{"Value": value, "Fingerprint": "f1"}]}))
    return path


@pytest.fixture
def trail(key: rsa.RSAPrivateKey) -> Trail:
    made = Trail(key)
    for hour in (1, 2, 3):
        made.digest(hour)
    return made


def test_a_digest_lands_with_what_it_names(log_rows: Rows, key: rsa.RSAPrivateKey) -> None:
    trail = Trail(key)
    trail.digest(
        1,
        {
            "s3Object": LOG,
            "hashValue": "AA",
            "oldestEventTime": "2024-01-09T00:10:00Z",
            "newestEventTime": "2024-01-09T00:20:00Z",
        },
    )

    (row,) = log_rows(
        AwsCloudTrail,
        trail.files,
        T,
        "digest, bucket, started_at::varchar, ended_at::varchar, observed_at::varchar,"
        " previous_digest, previous_sha256, previous_signature, log_files",
    )

    assert row[:-1] == (
        name(1), "trail", "2024-01-09 00:00:00", "2024-01-09 01:00:00", "2024-01-09 01:00:00",
        None, None, None,
    )  # fmt: skip
    assert json.loads(row[-1]) == [
        {
            "name": LOG,
            "sha256": "aa",
            "oldest": "2024-01-09T00:10:00",
            "newest": "2024-01-09T00:20:00",
        }
    ]


def test_digests_are_no_events_and_log_files_no_digests(log_rows: Rows, trail: Trail) -> None:
    event = {"eventTime": "2024-01-09T00:10:00Z", "eventID": "e1"}
    files = {**trail.files, LOG: gzip.compress(json.dumps({"Records": [event]}).encode())}

    rows = log_rows(AwsCloudTrail, files, "aws_cloudtrail__events", "event_id")

    assert rows == [("e1",)]


def test_the_next_digest_tells_whether_one_was_signed(
    log_rows: Rows, trail: Trail, keys: Path
) -> None:
    rows = log_rows(partial(AwsCloudTrail, public_keys=keys), trail.files, T, TOLD)

    assert rows == [
        ("20240109T010000Z.json.gz", None),
        ("20240109T020000Z.json.gz", "verified"),
        ("20240109T030000Z.json.gz", "verified"),
    ]


def test_what_a_bucket_gives_is_held_against_its_digests(
    log_rows: Rows, trail: Trail, keys: Path, s3: S3
) -> None:
    for place, text in trail.files.items():
        s3.put_bytes(place, text)

    rows = log_rows(partial(AwsCloudTrail, public_keys=keys, bucket=BUCKET), {}, T, TOLD)

    assert [verdict for _, verdict in rows] == [None, "verified", "verified"]


def test_nobody_else_can_sign(log_rows: Rows, keys: Path) -> None:
    forged = Trail(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    forged.digest(1)
    forged.digest(2)

    rows = log_rows(partial(AwsCloudTrail, public_keys=keys), forged.files, T, TOLD)

    assert rows[1] == ("20240109T020000Z.json.gz", "wrong")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"digestEndTime": "2024-01-09T01:00:01Z"}, "wrong"),
        ({"digestS3Bucket": "other"}, "wrong"),
        ({"logFiles": [{"s3Object": LOG, "hashValue": "bb"}]}, "wrong"),
        ({"digestPublicKeyFingerprint": "f2"}, "unknown key"),
        ({}, "verified"),
    ],
)
def test_any_change_after_signing_shows(
    log_rows: Rows, trail: Trail, keys: Path, change: Document, verdict: str
) -> None:
    first = json.loads(gzip.decompress(trail.files[name(1)]))
    trail.files[name(1)] = gzip.compress(json.dumps({**first, **change}).encode())

    rows = log_rows(partial(AwsCloudTrail, public_keys=keys), trail.files, T, TOLD)

    assert rows[1] == ("20240109T020000Z.json.gz", verdict)


@pytest.mark.parametrize("place", ["", "bucket/", f"{FOLDER.partition('/')[2]}/"])
def test_a_copy_may_begin_at_any_of_the_buckets_folders(
    log_rows: Rows, trail: Trail, keys: Path, place: str
) -> None:
    kept = {f"{place}{path.rpartition('/')[2]}": text for path, text in trail.files.items()}

    rows = log_rows(partial(AwsCloudTrail, public_keys=keys), kept, T, "previous_signature")

    assert rows == [(None,), ("verified",), ("verified",)]


@pytest.mark.parametrize(
    "before",
    [
        "AWSLogs/111122223333/CloudTrail-Digest/../../../../secret.json",
        "../../../../../../../secret.json",
        "secret.json",
    ],
)
def test_a_name_in_a_digest_does_not_lead_out_of_the_folder(
    log_rows: Rows, trail: Trail, keys: Path, tmp_path: Path, before: str
) -> None:
    trail.digest(4, previousDigestS3Object=before)
    shutil.copy(keys, tmp_path / "secret.json")

    rows = log_rows(partial(AwsCloudTrail, public_keys=keys), trail.files, T, TOLD)

    assert rows[3] == ("20240109T040000Z.json.gz", None)


def test_a_removed_or_damaged_digest_is_not_judged_by_its_signature(
    log_rows: Rows, trail: Trail, keys: Path
) -> None:
    del trail.files[name(1)]
    trail.files[name(2)] = trail.files[name(2)][:-20]

    rows = log_rows(partial(AwsCloudTrail, public_keys=keys), trail.files, T, TOLD)

    assert rows[0] == ("20240109T030000Z.json.gz", None)
    assert [(file, line) for file, line, _ in rows[1:]] == [(Path(name(2)).name, 1)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "it is no digest: not an object"),
        ("{}", "it has no `digestS3Object`"),
        (
            json.dumps(
                {
                    "digestS3Object": "d",
                    "digestS3Bucket": "b",
                    "digestStartTime": "2024-01-09T00:00:00Z",
                    "digestEndTime": "2024-01-09T01:00:00Z",
                    "logFiles": [{"s3Object": LOG}],
                }
            ),
            "it has no `hashValue`",
        ),
    ],
)
def test_what_is_no_digest_is_kept_with_the_reason(log_rows: Rows, text: str, reason: str) -> None:
    rows = log_rows(AwsCloudTrail, {name(1): text}, T, TOLD)

    assert rows == [(Path(name(1)).name, 1, f"the document cannot be read: {reason}")]


@pytest.mark.parametrize("text", ["", "{}", '{"PublicKeyList": [{"Value": "AA"}]}', "[1]"])
def test_keys_that_are_none_are_refused_at_once(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(ConfigurationError, match="list-public-keys"):
        AwsCloudTrail("logs", public_keys=tmp_path / "keys.json")


def test_keys_that_are_not_there_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="list-public-keys"):
        AwsCloudTrail("logs", public_keys=tmp_path / "keys.json")


def test_keys_of_several_regions_may_lie_in_a_folder(
    log_rows: Rows, trail: Trail, keys: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    shutil.move(keys, folder / "eu.json")
    (folder / "us.json").write_text('{"PublicKeyList": []}')

    rows = log_rows(partial(AwsCloudTrail, public_keys=folder), trail.files, T, TOLD)

    assert [verdict for _, verdict in rows] == [None, "verified", "verified"]
