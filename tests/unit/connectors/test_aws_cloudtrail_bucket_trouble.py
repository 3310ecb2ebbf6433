"""Where a bucket does not give all of it, the source fails and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from asked_bucket import ADAS, BENS, Trouble, event, key, land, on_object, read
from servers.aws_s3 import BUCKET, S3, refusal
from werkzeug import Response

from oncall_audit.connectors import aws_cloudtrail_bucket
from oncall_audit.errors import SourceError


def test_half_a_body_is_asked_for_again(s3: S3, tmp_path: Path, waits: list[float]) -> None:
    s3.put(key(9), event(1))

    def half(number: int) -> Response | None:
        answer = s3.client.get_object(Bucket=BUCKET, Key=key(9))
        body = answer["Body"].read()
        said = {"ETag": answer["ETag"]}
        return Response(body[: len(body) // 2], 200, said) if number < 3 else None

    s3.trouble = on_object(half)

    assert read(tmp_path) == [key(9)]
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (lambda *_: refusal("AccessDenied", 403), "AccessDenied.*give the credentials"),
        (lambda *_: refusal("NoSuchBucket", 404), "correct `bucket`"),
        (lambda *_: refusal("SlowDown", 503), "SlowDown.*run again"),
        (lambda *_: Response("<html>hello</html>", 200), "cannot be read|something else"),
        (lambda *_: Response("", 200), "something else"),
        (on_object(lambda n: refusal("ExpiredToken", 400) if n > 1 else None), "renew"),
        (on_object(lambda n: refusal("NoSuchKey", 404) if n > 1 else None), "removed it"),
        (on_object(lambda n: refusal("PreconditionFailed", 412) if n > 1 else None), "replaced it"),
        (on_object(lambda n: refusal("SlowDown", 503) if n > 1 else None), "SlowDown"),
        (on_object(lambda n: Response("<html>", 200) if n > 1 else None), "something else than"),
        (on_object(lambda n: refusal("AccessDenied", 403) if n > 1 else None), "key in KMS"),
    ],
)
def test_what_does_not_come_whole_fails_and_says_why(
    s3: S3, tmp_path: Path, trouble: Trouble, words: str
) -> None:
    for number in range(4):
        s3.put(key(9, number), event(number))
    s3.trouble = trouble

    with pytest.raises(SourceError, match=words) as raised:
        read(tmp_path)

    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None
    s3.trouble = lambda *_: None
    assert read(tmp_path) == [key(9, number) for number in range(4)]


def test_what_came_before_a_failure_lands_as_incomplete(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9, 1), event(1))
    land(tmp_path)
    s3.put(key(9, 2), event(2))
    s3.put(key(9, 3), event(3))
    s3.trouble = on_object(lambda n: refusal("ExpiredToken", 400) if n > 1 else None)

    landed = land(tmp_path)

    assert (landed.state, landed.landed) == ("incomplete", 1)
    assert "ExpiredToken" in str(landed.message)


def test_how_far_a_long_download_has_come_is_told(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_cloudtrail_bucket, "_TOLD_EVERY", 2)
    for number in range(5):
        s3.put(key(9, number), event(number))
    told: list[str] = []

    land(tmp_path, progress=told.append)

    assert told[:2] == ["2 of 5 objects are here", "4 of 5 objects are here"]


def test_an_archived_object_is_a_failure(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1), StorageClass="GLACIER")

    with pytest.raises(SourceError, match="archived: restore it"):
        read(tmp_path)


def test_a_bucket_that_is_not_there_is_a_failure(s3: S3, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"NoSuchBucket.*correct `bucket`"):
        read(tmp_path, bucket="other-trail")


def test_without_credentials_the_source_fails(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    with pytest.raises(SourceError, match="NoCredentialsError"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("<IsTruncated>true</IsTruncated>", "a list without an end"),
        ("", "listed by something else"),
    ],
)
def test_a_list_that_does_not_say_how_it_goes_on_is_no_list(
    s3: S3, tmp_path: Path, more: str, words: str
) -> None:
    text = f"<ListBucketResult><Name>{BUCKET}</Name>{more}</ListBucketResult>"
    s3.trouble = lambda *_: Response(text, 200, content_type="application/xml")

    with pytest.raises(SourceError, match=words):
        read(tmp_path)


def test_nothing_in_the_bucket_is_no_answer(s3: S3, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no account's folder"):
        read(tmp_path)


def test_nothing_delivered_is_no_answer_and_who_has_files_is_said(s3: S3, tmp_path: Path) -> None:
    s3.put(key(2), event(1))

    with pytest.raises(SourceError) as raised:
        read(tmp_path)

    assert str(raised.value).startswith(
        f"s3://{BUCKET}/AWSLogs/ has nothing that was delivered from 2024-01-08 to 2024-01-11"
        f" of any account, though folders of {ADAS} (eu-central-1): look"
    )


def test_an_account_that_is_named_has_to_have_files(s3: S3, tmp_path: Path) -> None:
    s3.put(key(9), event(1))

    with pytest.raises(SourceError, match=rf"of {BENS}, only of {ADAS} \(eu-central-1\): look"):
        read(tmp_path, accounts=(ADAS, BENS))
