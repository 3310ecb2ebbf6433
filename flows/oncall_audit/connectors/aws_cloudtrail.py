"""AWS CloudTrail: the log files of a trail, as they lie in its bucket or in a copy of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.aws import need_boto3
from oncall_audit.connectors.aws_cloudtrail_bucket import Trail
from oncall_audit.connectors.aws_cloudtrail_digests import COLUMNS, Decoder, is_digest
from oncall_audit.connectors.base import (
    File,
    Kind,
    LogTable,
    Page,
    SnapshotTable,
    Table,
    Window,
)
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files
from oncall_audit.errors import ConfigurationError, SourceError

_IDENTITY = (
    "STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR,"
    " accessKeyId VARCHAR, invokedBy VARCHAR, sessionContext STRUCT("
    "sessionIssuer STRUCT(userName VARCHAR, arn VARCHAR),"
    " attributes STRUCT(creationDate VARCHAR, mfaAuthenticated VARCHAR)))"
)
_TEXTS = (
    "eventTime", "eventID", "eventSource", "eventName", "eventType", "eventCategory", "awsRegion",
    "recipientAccountId", "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "readOnly",
    "requestID",
)  # fmt: skip
_OBJECTS = ("requestParameters", "responseElements", "additionalEventData", "resources")

EVENTS = LogTable(
    name="events",
    framing="json",
    fields={
        **dict.fromkeys(_TEXTS, "VARCHAR"),
        "userIdentity": _IDENTITY,
        **dict.fromkeys((*_OBJECTS, "digestS3Object"), "JSON"),
    },
    occurred_at=moment("eventTime"),
    # Ids are used again in copies of a log for other purposes, so an id alone does not tell.
    identity="case when eventID is not null then "
    + joined(
        "eventID",
        "eventTime",
        "eventSource",
        "eventName",
        "requestID",
        "recipientAccountId",
        "userIdentity.arn",
        "userIdentity.principalId",
        "userIdentity.accessKeyId",
        "sourceIPAddress",
        "errorCode",
        "requestParameters",
        "responseElements",
        "additionalEventData",
    )
    + " end",
    # Insight records are no calls of anybody, nor are digests under a name of somebody's own.
    ignored="digestS3Object is not null or eventCategory = 'Insight'"
    " or eventType = 'AwsCloudTrailInsight'",
    columns={
        "event_id": "eventID",
        "event_source": "eventSource",
        "event_name": "eventName",
        "event_type": "eventType",
        "event_category": "eventCategory",
        "aws_region": "awsRegion",
        "recipient_account_id": "recipientAccountId",
        "identity_type": "userIdentity.type",
        "principal_id": "userIdentity.principalId",
        "arn": "userIdentity.arn",
        "user_name": "userIdentity.userName",
        "identity_account_id": "userIdentity.accountId",
        "issuer_user_name": "userIdentity.sessionContext.sessionIssuer.userName",
        "issuer_arn": "userIdentity.sessionContext.sessionIssuer.arn",
        "session_created_at": moment("userIdentity.sessionContext.attributes.creationDate"),
        "mfa_authenticated": "userIdentity.sessionContext.attributes.mfaAuthenticated",
        "invoked_by": "userIdentity.invokedBy",
        "access_key_id": "userIdentity.accessKeyId",
        "source_ip": "sourceIPAddress",
        "user_agent": "userAgent",
        "error_code": "errorCode",
        "error_message": "errorMessage",
        "read_only": "readOnly",
        "login_result": "responseElements ->> '$.ConsoleLogin'",
        "mfa_used": "additionalEventData ->> '$.MFAUsed'",
        "response_session_id": "responseElements ->> '$.sessionId'",
        "request_parameters": "nullif(requestParameters::varchar, 'null')",
        "resources": "nullif(resources::varchar, 'null')",
    },
    types={"session_created_at": "TIMESTAMP"},
)


@dataclass(frozen=True, slots=True)
class AwsCloudTrail:
    """The log files of AWS CloudTrail trails, plain or gzip. Needs to read the files.

    With a `bucket`, whose trail lies under `prefix`, the folder `path` is the copy of it that the
    connector keeps: `s3:ListBucket` and `s3:GetObject` (`kms:Decrypt`) are needed for that.
    `organization_id` and `accounts` name whose files are wanted, if not everybody's; each of the
    accounts has to have some. Where the trails' digest files lie among them, every log file is held
    against its digest. `public_keys` names what `aws cloudtrail list-public-keys` printed: a file,
    a folder or a glob.
    """

    path: str | Path
    public_keys: str | Path | None = None
    bucket: str | None = None
    prefix: str = ""
    region: str | None = None
    organization_id: str | None = None
    accounts: tuple[str, ...] = ()

    default_system: ClassVar[str] = "aws"
    # An account makes calls of its own all day: silence is soon suspicious.
    default_silent_hours: ClassVar[float] = 2
    kind: ClassVar[Kind] = "logs"
    shapes: ClassVar[tuple[Table, ...]] = (EVENTS, SnapshotTable("digests", COLUMNS, Decoder()))

    def __post_init__(self) -> None:
        if self.public_keys:
            from oncall_audit.connectors.aws_cloudtrail_keys import public_keys

            public_keys(self.public_keys)
        if self.bucket is not None:
            self._check(self.bucket)
        elif self.prefix or self.region or self.organization_id or self.accounts:
            raise ConfigurationError(
                "`prefix`, `region`, `organization_id` and `accounts` are of a `bucket`: name it."
            )

    @property
    def tables(self) -> tuple[Table, ...]:
        """The events, and the digests, read with the site's keys."""
        return (EVENTS, SnapshotTable("digests", COLUMNS, Decoder(self.public_keys)))

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later.

        Where the bucket does not give all of it, what it gave is read before that is told.
        """
        failure = None
        if trail := self._trail:
            try:
                trail.fetch(window, Path(self.path))
            except SourceError as error:
                failure = error
        files = log_files(self.path) if failure is None or Path(self.path).is_dir() else []
        digests = {file for file in files if is_digest(file)}
        for file in files:
            table = "digests" if file in digests else "events"
            yield File(table, file, is_vouched_for=bool(digests))
        if failure:
            raise failure

    def probe(self) -> str:
        """Look what the bucket has since yesterday; raise `SourceError` if that is nothing."""
        return trail.look() if (trail := self._trail) else f"{len(log_files(self.path))} files"

    @property
    def _trail(self) -> Trail | None:
        if self.bucket is None:
            return None
        accounts = tuple(dict.fromkeys(self.accounts))
        return Trail(self.bucket, self.prefix, self.region, self.organization_id, accounts)

    def _check(self, bucket: str) -> None:
        need_boto3()
        if set(str(self.path)) & set("*?[") or Path(self.path).is_file():
            raise ConfigurationError(
                "With a `bucket`, `path` names the folder that holds its copy."
            )
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:aws[a-z-]*:s3:.+", bucket):
            raise ConfigurationError(
                "`bucket` is a bucket's name alone, without `s3://` or a path."
            )
        if any(not re.fullmatch(r"\d{12}", account) for account in self.accounts):
            raise ConfigurationError("`accounts` are numbers of twelve digits, each in quotes.")
        if self.organization_id and not re.fullmatch(r"o-[a-z0-9]{10,32}", self.organization_id):
            raise ConfigurationError("`organization_id` is like o-exampleorgid.")
