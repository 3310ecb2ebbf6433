"""CloudTrail's events, whatever they lie in."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail

Rows = Callable[..., list[tuple[Any, ...]]]
T = "aws_cloudtrail__events"
EVENT: dict[str, Any] = {
    "eventTime": "2024-01-09T10:00:00Z",
    "eventID": "11111111-0000-4000-8000-000000000001",
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "eventType": "AwsConsoleSignIn",
    "awsRegion": "eu-central-1",
    "recipientAccountId": "111122223333",
    "sourceIPAddress": "AWS Internal",
    "readOnly": False,
    "requestParameters": {"b": 1, "a": [1, 2]},
    "responseElements": {"ConsoleLogin": "Failure", "sessionId": "ada-0123"},
    "additionalEventData": {"MFAUsed": "Yes"},
    "errorMessage": "Failed authentication",
    "resources": [{"ARN": "arn:aws:s3:::logs"}],
    "userIdentity": {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:ada",
        "arn": "arn:aws:sts::111122223333:assumed-role/Operator/ada",
        "accountId": "111122223333",
        "accessKeyId": "ASIAEXAMPLE",
        "invokedBy": "health.amazonaws.com",
        "sessionContext": {
            "sessionIssuer": {
                "userName": "Operator",
                "arn": "arn:aws:iam::111122223333:role/Operator",
            },
            "attributes": {"creationDate": "2024-01-09T09:00:00Z", "mfaAuthenticated": "true"},
        },
    },
}


def event(**other: Any) -> dict[str, Any]:
    return {**EVENT, **other}


def test_every_field_lands_in_its_column(log_rows: Rows) -> None:
    columns = (
        "event_id, event_source, event_name, event_type, event_category, aws_region,"
        " recipient_account_id, identity_type, principal_id, arn, user_name, identity_account_id,"
        " issuer_user_name, issuer_arn, session_created_at::varchar, mfa_authenticated, invoked_by,"
        " access_key_id, source_ip, user_agent, error_code, error_message, read_only, login_result,"
        " mfa_used, response_session_id, request_parameters, resources"
    )

    (row,) = log_rows(AwsCloudTrail, {"a.json": json.dumps({"Records": [EVENT]})}, T, columns)

    assert dict(zip(columns.replace("::varchar", "").split(", "), row, strict=True)) == {
        "event_id": EVENT["eventID"],
        "event_source": "signin.amazonaws.com",
        "event_name": "ConsoleLogin",
        "event_type": "AwsConsoleSignIn",
        "event_category": None,
        "aws_region": "eu-central-1",
        "recipient_account_id": "111122223333",
        "identity_type": "AssumedRole",
        "principal_id": "AROAEXAMPLE:ada",
        "arn": EVENT["userIdentity"]["arn"],
        "user_name": None,
        "identity_account_id": "111122223333",
        "issuer_user_name": "Operator",
        "issuer_arn": "arn:aws:iam::111122223333:role/Operator",
        "session_created_at": "2024-01-09 09:00:00",
        "mfa_authenticated": "true",
        "invoked_by": "health.amazonaws.com",
        "access_key_id": "ASIAEXAMPLE",
        "source_ip": "AWS Internal",
        "user_agent": None,
        "error_code": None,
        "error_message": "Failed authentication",
        "read_only": "false",
        "login_result": "Failure",
        "mfa_used": "Yes",
        "response_session_id": "ada-0123",
        "request_parameters": '{"b":1,"a":[1,2]}',
        "resources": '[{"ARN":"arn:aws:s3:::logs"}]',
    }


def test_a_bucket_of_files_lands_whole(log_rows: Rows) -> None:
    folder = "AWSLogs/111122223333/CloudTrail/eu-central-1/2024/01/09"
    files: dict[str, str | bytes] = {
        f"{folder}/{n}_CloudTrail_20240109T1005Z_x.json.gz": gzip.compress(
            json.dumps({"Records": [event(eventID=str(10 * n + k)) for k in range(4)]}).encode()
        )
        for n in range(3)
    }

    rows = log_rows(AwsCloudTrail, files, T, "event_id, raw_line")

    assert rows == [(str(10 * n + k), k + 1) for n in range(3) for k in range(4)]


def test_digests_and_insights_are_ignored(log_rows: Rows) -> None:
    files = {
        "digest.json": json.dumps({"digestS3Object": "x", "digestStartTime": "2024-01-09"}),
        "insight.json": json.dumps(
            {"Records": [event(eventType="AwsCloudTrailInsight", userIdentity=None)]}
        ),
        "other.json": json.dumps({"Records": [event(eventCategory="Insight")]}),
    }

    assert log_rows(AwsCloudTrail, files, T, "event_id") == []


def test_an_id_used_again_for_something_else_is_not_lost(log_rows: Rows) -> None:
    events = [event(), event(), event(eventName="CheckMfa"), event(sourceIPAddress="192.0.2.7")]
    files = {"a.json": json.dumps({"Records": events})}

    rows = log_rows(AwsCloudTrail, files, T, "event_name, source_ip")

    assert rows == [
        ("ConsoleLogin", "AWS Internal"),
        ("CheckMfa", "AWS Internal"),
        ("ConsoleLogin", "192.0.2.7"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-09 10:00:00.123", "2024-01-09 10:00:00.123"),
        ("2024-01-09T10:00:00.123456789Z", "2024-01-09 10:00:00.123456"),
        ("2024-01-09T10:00:00+02:00", "2024-01-09 08:00:00"),
    ],
)
def test_times_of_copies_are_in_utc(log_rows: Rows, text: str, expected: str) -> None:
    files = {"a.json": json.dumps(event(eventTime=text))}

    assert log_rows(AwsCloudTrail, files, T, "occurred_at::varchar") == [(expected,)]


def test_an_event_of_a_service_has_hardly_an_identity(log_rows: Rows) -> None:
    identity = {"accountId": "111122223333", "invokedBy": "secretsmanager.amazonaws.com"}
    files = {"a.json": json.dumps(event(userIdentity=identity, requestParameters=None))}

    rows = log_rows(AwsCloudTrail, files, T, "identity_type, invoked_by, request_parameters")

    assert rows == [(None, "secretsmanager.amazonaws.com", None)]
