"""The demo's digests, checked as AWS's own validation goes about it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from oncall_audit.demo import Answers
from oncall_audit.demo.writers.cloudtrail_digests import renew_digests

Document = dict[str, Any]


def text(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def sha256(path: Path) -> str:
    return hashlib.sha256(text(path)).hexdigest()


def digests(folder: Path) -> list[Document]:
    paths = sorted(folder.glob("AWSLogs/*/CloudTrail-Digest/**/*.json.gz"))
    return [json.loads(text(path)) for path in sorted(paths, key=lambda path: path.name)]


def faults(folder: Path) -> list[tuple[str, str]]:
    """Return what is wrong, and the digest that tells it."""
    found = []
    for told in digests(folder):
        named = [(each["s3Object"], each["hashValue"], "log file") for each in told["logFiles"]]
        if told["previousDigestS3Object"]:
            before = told["previousDigestS3Object"]
            named.append((before, told["previousDigestHashValue"], "digest"))
        for place, expected, what in named:
            if not (folder / place).exists():
                found.append((f"{what} absent", told["digestEndTime"]))
            elif sha256(folder / place) != expected:
                found.append((f"{what} changed", told["digestEndTime"]))
    return found


def test_only_what_was_planted_does_not_agree(root: Path, answers: Answers) -> None:
    found = faults(root / "logs" / "cloudtrail")

    planted = [each for each in answers.planted if each.rule_id == "log_digest_failed"]
    assert len(planted) == 4
    assert found == [
        ("log file changed", "2026-03-07T10:01:31Z"),
        ("log file absent", "2026-03-19T16:01:31Z"),
        ("log file absent", "2026-03-19T16:01:31Z"),
        ("log file absent", "2026-04-02T23:01:31Z"),
        ("log file absent", "2026-04-02T23:01:31Z"),
        ("digest absent", "2026-03-17T14:14:05Z"),
        ("digest changed", "2026-03-25T05:14:05Z"),
    ]


def test_every_file_of_a_validated_trail_is_named_once(root: Path) -> None:
    folder = root / "logs" / "cloudtrail"
    spans, named = defaultdict(list), defaultdict(list)
    for told in digests(folder):
        spans[told["awsAccountId"]].append((told["digestStartTime"], told["digestEndTime"]))
        for each in told["logFiles"]:
            named[told["awsAccountId"]].append(each["s3Object"])

    assert sorted(spans) == ["111122223333", "123456789012"]
    for account, places in named.items():
        assert len(places) == len(set(places))
        first, last = spans[account][0][0], spans[account][-1][1]
        logs = (folder / "AWSLogs" / account / "CloudTrail").rglob("*.json.gz")
        delivered = {
            str(path.relative_to(folder)) for path in logs if first[:16] <= stamp(path) < last[:16]
        }
        # Two digests are not there or do not say what they said.
        assert len(delivered - set(places)) <= 6
        assert not [it for it in set(places) - delivered if (folder / it).exists()]


def stamp(path: Path) -> str:
    told = path.name.split("_")[3]
    return f"{told[:4]}-{told[4:6]}-{told[6:11]}:{told[11:13]}"


def test_the_first_digest_has_none_before_it_and_quiet_hours_have_one(root: Path) -> None:
    told = digests(root / "logs" / "cloudtrail")

    firsts = [each["digestEndTime"] for each in told if each["previousDigestS3Object"] is None]
    assert firsts == ["2026-02-27T01:01:31Z", "2026-03-13T01:14:05Z"]
    assert sum(not each["logFiles"] for each in told) > 20


def test_a_changed_copy_is_as_right_and_as_wrong_as_the_original(
    root: Path, tmp_path: Path
) -> None:
    original, copy = root / "logs" / "cloudtrail", tmp_path / "cloudtrail"
    shutil.copytree(original, copy)
    for path in copy.glob("AWSLogs/*/CloudTrail/**/*.json.gz"):
        changed = json.loads(text(path)) | {"more": 1}
        path.write_bytes(gzip.compress(json.dumps(changed).encode()))
        os.utime(path)

    renew_digests(copy, original)

    assert faults(copy) == faults(original)
