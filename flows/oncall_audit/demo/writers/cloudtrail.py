"""Writes CloudTrail as AWS delivers it: gzip files by account and hour, late and out of order."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from oncall_audit.demo.inventory import CLOUDS, REGION
from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.writers.cloudtrail_identities import (
    assumed,
    cloud_of,
    identity,
    program,
    user,
)
from oncall_audit.demo.writers.files import spread, utc, uuid, write_gzip

Record = dict[str, Any]

# Service, call, whether it only reads, and what it was asked for.
_CALLS: tuple[tuple[str, str, bool, Record | None], ...] = (
    ("ec2", "DescribeInstances", True, {"instancesSet": {}, "filterSet": {}}),
    ("cloudwatch", "GetMetricData", True, None),
    ("logs", "FilterLogEvents", True, {"logGroupName": "/app/main", "limit": 100}),
    ("rds", "DescribeDBInstances", True, None),
    ("ecs", "UpdateService", False, {"cluster": "main", "service": "api", "desiredCount": 6}),
    ("s3", "ListBuckets", True, None),
)
_PROGRAM_CALLS: tuple[tuple[str, str, bool, Record | None], ...] = (
    ("secretsmanager", "GetSecretValue", True, {"secretId": "app/config"}),
    ("kms", "Decrypt", True, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
    ("sqs", "GetQueueAttributes", True, None),
)


def write_cloudtrail(world: World, root: Path) -> int:
    """Write the trail below `root` and return the number of events."""
    files: defaultdict[tuple[str, datetime], list[Record]] = defaultdict(list)
    total = 0
    for account, record, delay in _records(world):
        late = delay + timedelta(seconds=world.random.randint(3, 594))
        moment = datetime.fromisoformat(record["eventTime"]) + late
        # A file is named by when it was delivered, which is after everything in it.
        slot = moment.replace(minute=moment.minute // 20 * 20, second=0) + timedelta(minutes=25)
        files[account, slot].append(record)
        total += 1
    for (account, slot), records in sorted(files.items(), key=lambda each: each[0]):
        world.random.shuffle(records)
        folder = root / "logs" / "cloudtrail" / "AWSLogs" / account / "CloudTrail" / REGION
        key = "".join(world.random.choices("ABCDEFGHJKLMNPabcdefghjkmnp23456789", k=16))
        name = f"{account}_CloudTrail_{REGION}_{slot:%Y%m%dT%H%MZ}_{key}.json.gz"
        write_gzip(folder / f"{slot:%Y/%m/%d}" / name, {"Records": records})
    return total


def _records(world: World) -> Iterator[tuple[str, Record, timedelta]]:
    forms = {"role": _console, "user": _console, "shell": _shell, "emergency": _emergency}
    for made in world.accesses:
        if made.system == "aws":
            cloud = cloud_of(world, made)
            writer = forms.get(made.form, _calls)
            for record in writer(world, made, cloud):
                yield cloud, record, made.delay
    for failure in world.failures:
        if failure.system == "aws":
            yield failure.target, _refused(world, failure), timedelta()
    for cloud in CLOUDS.values():
        for record in _services(world, cloud):
            yield cloud, record, timedelta()


def _record(
    world: World,
    at: datetime,
    call: tuple[str, str, bool, Record | None],
    who: Record,
    address: str,
    cloud: str,
    **more: Any,
) -> Record:
    service, name, reads, asked = call
    return {
        "eventVersion": "1.08",
        "userIdentity": who,
        "eventTime": utc(at.replace(microsecond=0)),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": address,
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": asked,
        "responseElements": None,
        "requestID": uuid(world.random),
        "eventID": uuid(world.random),
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": cloud,
        "eventCategory": "Management",
        **more,
    }


def _calls(world: World, made: Access, cloud: str) -> Iterator[Record]:
    """Yield plain calls, each with the credential of the session it belongs to."""
    calls = _PROGRAM_CALLS if made.form == "program" else _CALLS
    if made.engineer_id and not made.resource_id:
        # What an unlisted account holds has no names that anybody knows.
        calls = tuple(call for call in calls if call[1].startswith("Describe"))
    times = spread(made.started_at, made.ended_at, made.actions + len(made.said))
    for number, at in enumerate(times):
        if number >= made.actions:
            told = _told(made.said[number - made.actions])
            yield _record(world, at, told, identity(world, made, cloud), made.address, cloud)
            continue
        call = world.random.choice(calls)
        refused = {"errorCode": "AccessDenied", "errorMessage": "User is not authorized"}
        # A few calls are refused or throttled; neither is a break-in.
        more = refused if made.engineer_id and world.random.random() < 0.03 else {}
        who = identity(world, made, cloud)
        yield _record(world, at, call, who, made.address, cloud, **more)


def _told(said: str) -> tuple[str, str, bool, Record | None]:
    """Return the call of `service:Call` and the JSON of what it was asked."""
    call, _, asked = said.partition(" ")
    service, _, name = call.partition(":")
    return service, name, name.startswith("Get"), json.loads(asked)


def _console(world: World, made: Access, cloud: str) -> Iterator[Record]:
    who = identity(world, made, cloud)
    is_user = made.form == "user"
    if made.account != "terraform":
        call = ("signin", "ConsoleLogin", False, None)
        yield _record(
            world,
            made.started_at,
            call,
            {key: value for key, value in who.items() if key != "accessKeyId"},
            made.address,
            cloud,
            eventType="AwsConsoleSignIn",
            responseElements={"ConsoleLogin": "Success"},
            additionalEventData={
                "LoginTo": "https://console.aws.amazon.com/console/home",
                "MobileVersion": "No",
                # The second factor of a federated log-in is known to its own provider alone.
                "MFAUsed": "Yes" if is_user and made.credential.has_factor else "No",
            },
        )
    yield from _calls(world, made, cloud)


def _shell(world: World, made: Access, cloud: str) -> Iterator[Record]:
    """Yield a shell on an instance, from the call that opens it to the one that ends it."""
    who = identity(world, made, cloud)
    key = f"{made.account}-{world.random.getrandbits(64):016x}"
    opened = ("ssm", "StartSession", False, {"target": made.target})
    yield _record(
        world,
        made.started_at,
        opened,
        who,
        made.address,
        cloud,
        responseElements={"sessionId": key, "tokenValue": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    )
    closed = ("ssm", "TerminateSession", False, {"sessionId": key})
    yield _record(
        world,
        made.ended_at,
        closed,
        who,
        made.address,
        cloud,
        responseElements={"sessionId": key},
    )


def _emergency(world: World, made: Access, cloud: str) -> Iterator[Record]:
    """Yield how somebody takes the emergency role, and what they do in it."""
    name = made.account.split("/")[1]
    role = f"arn:aws:iam::{cloud}:role/{name}"
    person = world.engineers[made.engineer_id or ""]
    asked = {"roleArn": role, "roleSessionName": person.email, "durationSeconds": 3600}
    own = user(person.login, cloud, made.started_at)
    taken = ("sts", "AssumeRole", True, asked)
    yield _record(world, made.started_at, taken, own, made.address, cloud)
    for at in spread(made.started_at, made.ended_at, made.actions):
        who = assumed(name, person.email, cloud, made.started_at)
        call = world.random.choice(_CALLS)
        yield _record(world, at, call, who, made.address, cloud)


def _refused(world: World, failure: LoginFailure) -> Record:
    cloud = failure.target
    call = ("signin", "ConsoleLogin", False, None)
    who = user(failure.account, cloud, None)
    return _record(
        world,
        failure.at,
        call,
        {key: value for key, value in who.items() if key not in ("accessKeyId", "arn")},
        failure.address,
        cloud,
        eventType="AwsConsoleSignIn",
        errorMessage="Failed authentication",
        responseElements={"ConsoleLogin": "Failure"},
        additionalEventData={"MobileVersion": "No", "MFAUsed": "No"},
    )


def _services(world: World, cloud: str) -> Iterator[Record]:
    """Yield what AWS does by itself, with no person and no account behind it."""
    for day in world.days():
        for hour in range(0, 24, 3):
            at = day + timedelta(hours=hour, seconds=world.random.randint(0, 500))
            who = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
            asked = {"roleArn": program(cloud)[0], "roleSessionName": "i-0aa0aa0aa0aa0aa0a"}
            call = ("sts", "AssumeRole", True, asked)
            yield _record(world, at, call, who, "ec2.amazonaws.com", cloud)
        at = day + timedelta(hours=12, seconds=world.random.randint(0, 500))
        rotated = ("secretsmanager", "RotationSucceeded", False, None)
        # Events of AWS itself have no type of identity at all.
        nobody = {"accountId": cloud, "invokedBy": "secretsmanager.amazonaws.com"}
        address = "secretsmanager.amazonaws.com"
        yield _record(world, at, rotated, nobody, address, cloud, eventType="AwsServiceEvent")
