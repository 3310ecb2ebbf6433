"""The evidence of a period: as whole as an audit's, in one chain with it, and of what was signed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.evidence.verification import verify
from oncall_audit.workspace import Workspace

from .conftest import WEEK, digest, nightly_pack, problems, run, verified


def packed(workspace: Workspace, period: str = WEEK) -> Path:
    return Path(json.loads(run(workspace, "pack", period, "--json").stdout)["pack"])


@pytest.fixture
def pack(whole: Workspace) -> Path:
    """The pack of a week that is signed."""
    run(whole, "sign", WEEK, "--by", "e001")
    return packed(whole)


def test_it_is_verified_and_says_what_it_is_of(pack: Path) -> None:
    result = verified(pack)

    assert result.exit_code == 0
    assert f"Verified: review of {WEEK}, run review-{WEEK}-" in result.stdout
    assert pack.name == f"evidence-{WEEK}.zip"


def test_it_holds_the_review_that_was_signed_and_who_signed(whole: Workspace, pack: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}

    assert hashlib.sha256(found["review.json"]).hexdigest() == digest(whole)
    (signature,) = csv.DictReader(io.StringIO(found["record/signatures.csv"].decode()))
    assert (signature["engineer"], signature["sha256"]) == ("e001", digest(whole))
    assert {"population/sessions.csv", "findings.csv", "coverage.csv", "controls.csv"} <= set(found)
    assert {"record/review.html", "record/review.md", "record/register.jsonl", "README.txt"} <= set(
        found
    )


def test_it_names_the_packs_of_the_audits_that_it_covers(whole: Workspace) -> None:
    register.append(
        whole.register,
        {"kind": "manifest", "run_id": "run-1", "sha256": "ab" * 32, "custody": None},
    )

    with zipfile.ZipFile(packed(whole)) as archive:
        audits = list(csv.DictReader(io.StringIO(archive.read("record/audits.csv").decode())))

    assert [(it["run_id"], it["manifest_sha256"]) for it in audits] == [
        ("run-1", "ab" * 32),
        ("run-2", ""),
    ]


def test_it_stands_in_one_chain_with_the_audits_packs(whole: Workspace) -> None:
    before = nightly_pack(whole, "run-3")
    own = packed(whole)
    after = nightly_pack(whole, "run-4")

    assert problems(own, "--previous", before) == []
    assert problems(after, "--previous", own) == []
    assert problems(after, "--previous", before) == []
    assert problems(before, "--previous", own) != []


def test_no_changed_byte_goes_unnoticed(pack: Path, tmp_path: Path) -> None:
    content, chance = pack.read_bytes(), random.Random(20260406)
    copy = tmp_path / "copy.zip"
    unnoticed = []
    for _ in range(300):
        place, flip = chance.randrange(len(content)), chance.randrange(1, 256)
        copy.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
        if verify(copy).is_good:
            unnoticed.append((place, flip))

    assert unnoticed == []


def test_what_is_found_is_the_same_each_time_and_no_pack_is_overwritten(whole: Workspace) -> None:
    first, second = packed(whole), packed(whole)

    assert (first.name, second.name) == (f"evidence-{WEEK}.zip", f"evidence-{WEEK}.2.zip")
    hashes = [
        json.loads(verified(path, "--json").stdout)["content_sha256"] for path in (first, second)
    ]
    assert hashes[0] == hashes[1]
    assert problems(second, "--previous", first) == []


def test_a_week_without_a_review_is_not_packed(whole: Workspace) -> None:
    result = run(whole, "pack", "2026-W15")

    assert isinstance(result.exception, ConfigurationError)
    assert "no audit has seen it complete" in str(result.exception)
