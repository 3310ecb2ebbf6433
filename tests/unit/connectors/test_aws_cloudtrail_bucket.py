"""A trail's bucket: all that was delivered comes, once and whole, or the source says why not."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asked_bucket import ADAS, BENS, WINDOW, event, kept, key, land, read
from servers.aws_s3 import BUCKET, S3
from werkzeug import Response

from oncall_audit.connectors import aws
from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail
from oncall_audit.connectors.base import Window
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.sources import Source


def test_the_days_of_the_window_and_one_around_it_come(s3: S3, tmp_path: Path) -> None:
    for day in (7, 8, 9, 10, 11, 12):
        s3.put(key(day), event(day))

    found = read(tmp_path)

    # The window ends as the 10th begins, so the day after it is the 11th's first moment.
    assert found == kept(tmp_path) == [key(day) for day in (8, 9, 10, 11)]
    assert s3.got() == found
    assert json.loads(gzip.decompress((tmp_path / key(9)).read_bytes()))["Records"] == [event(9)]


@pytest.mark.parametrize(
    ("prefix", "organization_id", "says"),
    [
        ("", "", False),
        ("trails/all", "", False),
        ("AWSLogs", "o-exampleorgid", False),
        ("", "o-exampleorgid", True),
    ],
)
def test_every_account_region_and_kind_comes(
    s3: S3, tmp_path: Path, prefix: str, organization_id: str, says: bool
) -> None:
    digest = key(9).replace("CloudTrail", "CloudTrail-Digest")
    names = [key(9, account=a, region=r) for a in (ADAS, BENS) for r in ("us-east-1", "eu-west-1")]
    below = [
        name.replace("AWSLogs/", f"AWSLogs/{organization_id}/") if organization_id else name
        for name in (*names, digest)
    ]
    for number, name in enumerate(below):
        s3.put(f"{prefix}/{name}" if prefix else name, event(number))
        s3.put(f"other/{name}", event(99))

    found = read(
        tmp_path,
        prefix=prefix,
        organization_id=organization_id if says else None,
        region="eu-west-1",
    )

    assert sorted(found) == sorted(below)


def test_only_the_accounts_that_are_named_come(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1))
    s3.put(key(9, account=BENS), event(2))

    assert read(tmp_path, accounts=(BENS,)) == [key(9, account=BENS)]


def test_other_things_in_the_bucket_are_left_there(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1))
    for name in (
        key(9).replace("/CloudTrail/", "/CloudTrail-Insight/"),
        "AWSLogs/readme.json.gz",
        f"AWSLogs/{ADAS}/Config/eu-central-1/2024/01/09/a.json.gz",
        f"AWSLogs/{ADAS}/CloudTrail/eu-central-1/2024/01/09/",
        f"AWSLogs/{ADAS}/CloudTrail/eu-central-1/notes.json.gz",
    ):
        s3.put(name, event(2))

    assert read(tmp_path) == [key(9)]


def test_a_long_list_is_read_to_its_end(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    names = [key(9, number) for number in range(8)]
    for number, name in enumerate(names):
        s3.put(name, event(number))

    assert read(tmp_path) == names
    assert sum("continuation-token" in path for path in s3.asked) >= 2


def test_another_night_brings_only_what_is_new(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9, 1), event(1))
    first = land(tmp_path)
    s3.asked.clear()
    s3.put(key(9, 2), event(2))
    s3.put(key(10, 3), event(3, 10))

    later = land(tmp_path, Window(WINDOW.until, WINDOW.until + timedelta(days=1)))

    assert s3.got() == [key(9, 2), key(10, 3)]
    assert (first.landed, later.landed, later.unchanged) == (1, 2, 1)


def test_night_by_night_comes_what_comes_at_once(s3: S3, tmp_path: Path) -> None:
    for day in range(1, 9):
        s3.put(key(day), event(day))
    begin = datetime(2024, 1, 3, 4, tzinfo=UTC)

    read(tmp_path / "at once", Window(begin, begin + timedelta(days=3)))
    for night in range(3):
        since = begin + timedelta(days=night)
        read(tmp_path / "nightly", Window(since, since + timedelta(days=1)))

    assert kept(tmp_path / "nightly") == kept(tmp_path / "at once") != []


def test_a_copy_that_another_tool_made_is_gone_on_with(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1))
    read(tmp_path)
    s3.asked.clear()

    assert read(tmp_path) == [key(9)]
    assert s3.got() == []


def test_a_replaced_object_comes_again_and_what_it_was_is_kept(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1))
    land(tmp_path)
    before = (tmp_path / "copy" / key(9)).read_bytes()
    s3.put(key(9), event(1), event(2))

    landed = land(tmp_path)

    (old,) = (tmp_path / "copy" / key(9)).parent.glob(".*")
    assert old.read_bytes() == before
    assert (landed.landed, landed.duplicates) == (1, 1)


def test_what_a_killed_run_left_is_no_log_file(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1))
    part = tmp_path / key(9)
    part.parent.mkdir(parents=True)
    part.with_name(f".{part.name}.part").write_bytes(b"\x1f\x8b half")

    assert read(tmp_path) == [key(9)]
    assert [path.name for path in part.parent.iterdir()] == [part.name]


@pytest.mark.parametrize("name", [".hidden.json.gz", "../../../x.json.gz", "/x.json.gz"])
def test_a_name_that_is_no_file_is_refused(s3: S3, tmp_path: Path, name: str) -> None:
    s3.put(key(9), event(1))
    text = (
        f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated><Contents>"
        f"<Key>AWSLogs/{ADAS}/CloudTrail/eu-central-1/2024/01/09/{name}</Key><Size>1</Size>"
        '<ETag>"0"</ETag><LastModified>2024-01-09T00:00:00.000Z</LastModified>'
        "</Contents></ListBucketResult>"
    )
    s3.trouble = lambda _, request: (
        Response(text, content_type="application/xml") if "start-after" in request.args else None
    )

    with pytest.raises(SourceError, match="a name that no file of a trail has"):
        read(tmp_path)


def test_doctor_looks_into_the_bucket(s3: S3, tmp_path: Path) -> None:
    from oncall_audit.cli.diagnosis import _source
    from oncall_audit.workspace import Workspace

    source = Source(
        name="trail",
        type="aws_cloudtrail",
        kind="logs",
        system="aws",
        options={"bucket": BUCKET, "path": "copy"},
    )
    now = datetime.now(UTC)
    assert _source(Workspace(tmp_path), source).state == "fail"
    s3.put(f"AWSLogs/{ADAS}/CloudTrail/eu-central-1/{now:%Y/%m/%d}/a.json.gz", event(1))

    found = _source(Workspace(tmp_path), source)

    yesterday = f"{now - timedelta(days=1):%Y-%m-%d}"
    assert (found.state, found.text) == (
        "ok",
        f"1 objects since {yesterday}, of {ADAS} (eu-central-1)",
    )
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bucket": f"s3://{BUCKET}"}, "name alone"),
        ({"bucket": BUCKET, "path": "copy/*.gz"}, "names the folder"),
        ({"bucket": BUCKET, "accounts": ("1111",)}, "twelve digits"),
        ({"bucket": BUCKET, "organization_id": "example"}, "like o-"),
        ({"prefix": "trails"}, "are of a `bucket`"),
    ],
)
def test_wrong_settings_are_refused_at_once(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        AwsCloudTrail(**{"path": "copy", **options})


def test_a_bucket_needs_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "find_spec", lambda _: None)

    with pytest.raises(ConfigurationError, match=r"install 'oncall-audit\[aws\]'"):
        AwsCloudTrail(path="copy", bucket=BUCKET)
