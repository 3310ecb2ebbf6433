"""The forms in which CloudTrail says who it was."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from oncall_audit.demo.inventory import CLOUDS
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.writers.files import utc

SSO_ROLE = "AWSReservedSSO_OnCall_0123456789abcdef"


@cache
def key(*parts: object) -> str:
    """Return the unique part of an identifier, the same for the same thing."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:16].upper()


def cloud_of(world: World, made: Access) -> str:
    """Return the AWS account of an access to an account or to an instance in it."""
    if made.target.isdigit():
        return made.target
    return CLOUDS[world.resources[made.resource_id or ""].team]


def _session(issuer: dict[str, Any], created_at: datetime, mfa: str) -> dict[str, Any]:
    return {
        "sessionIssuer": issuer,
        "webIdFederationData": {},
        "attributes": {
            "creationDate": utc(created_at.replace(microsecond=0)),
            "mfaAuthenticated": mfa,
        },
    }


def user(
    name: str, cloud: str, created_at: datetime | None, factor: str = "true"
) -> dict[str, Any]:
    """Return an IAM user: with a session when at the console, with a long-term key else."""
    who: dict[str, Any] = {
        "type": "IAMUser",
        "principalId": f"AIDA{key(name, cloud)}",
        "arn": f"arn:aws:iam::{cloud}:user/{name}",
        "accountId": cloud,
        "accessKeyId": f"{'ASIA' if created_at else 'AKIA'}{key(name, created_at)}",
        "userName": name,
    }
    if created_at:
        who["sessionContext"] = _session({}, created_at, factor)
    return who


def assumed(role: str, session: str, cloud: str, created_at: datetime) -> dict[str, Any]:
    """Return a role in the hands of `session`; the name of no user stands in it."""
    principal = f"AROA{key(role, cloud)}"
    path = "aws-reserved/sso.amazonaws.com/" if role.startswith("AWSReserved") else ""
    issuer = {
        "type": "Role",
        "principalId": principal,
        "arn": f"arn:aws:iam::{cloud}:role/{path}{role}",
        "accountId": cloud,
        "userName": role,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{session}",
        "arn": f"arn:aws:sts::{cloud}:assumed-role/{role}/{session}",
        "accountId": cloud,
        "accessKeyId": f"ASIA{key(role, session, created_at)}",
        "sessionContext": _session(issuer, created_at, "false"),
    }


def program(cloud: str) -> tuple[str, str]:
    """Return the role that the programs of an account run in: its ARN and its name."""
    team = next(team for team, number in CLOUDS.items() if number == cloud)
    return f"arn:aws:iam::{cloud}:role/app-{team}", f"app-{team}"


def identity(world: World, made: Access, cloud: str) -> dict[str, Any]:
    """Return who stands in the records of an access."""
    if made.form == "user":
        is_person = made.account != "terraform"
        factor = "true" if made.credential.has_factor else "false"
        return user(made.account, cloud, made.started_at if is_person else None, factor)
    if made.form == "program":
        # Credentials of an instance are renewed every six hours.
        renewed = made.started_at.replace(
            hour=made.started_at.hour // 6 * 6, minute=0, second=0, microsecond=0
        )
        return assumed(made.account, "i-0aa0aa0aa0aa0aa0a", cloud, renewed)
    who = assumed(SSO_ROLE, made.account, cloud, made.started_at)
    if made.form == "echo":
        created_at = utc(made.started_at.replace(second=world.random.randint(0, 59), microsecond=0))
        who["sessionContext"]["attributes"]["creationDate"] = created_at
        who["accessKeyId"] = f"ASIA{world.random.getrandbits(64):016X}"
        who["invokedBy"] = made.address
    return who
