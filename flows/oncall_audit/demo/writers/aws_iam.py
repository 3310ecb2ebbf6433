"""Writes nightly answers of `aws iam get-account-authorization-details` for one account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from oncall_audit.demo.inventory import IDENTITY_CLOUD
from oncall_audit.demo.model import World
from oncall_audit.demo.planted_accounts import BREAK_GLASS_ROLE
from oncall_audit.demo.planted_grants import snapshot_times
from oncall_audit.demo.writers.cloudtrail_identities import SSO_ROLE, key
from oncall_audit.demo.writers.files import stamp, write_json

_GROUP = "platform-engineers"
_ADMINISTRATOR = "AdministratorAccess"


def write_aws_iam(world: World, root: Path) -> None:
    """Write one export a night below `root`."""
    for night in snapshot_times(world):
        document = {
            "UserDetailList": list(_users(world, night)),
            "GroupDetailList": [_group()],
            "RoleDetailList": list(_roles(world, night)),
            "Policies": [_policy("ReadOnlyAccess", "*:Get*"), _policy(_ADMINISTRATOR, "*")],
        }
        path = root / "exports" / "aws_iam" / f"{IDENTITY_CLOUD}-{stamp(night)}.json"
        write_json(path, document)


def _date(moment: datetime) -> str:
    # A blank and no T: so the command line prints it.
    return moment.replace(microsecond=0).isoformat(sep=" ")


def _attached(*names: str) -> list[dict[str, str]]:
    return [{"PolicyName": n, "PolicyArn": f"arn:aws:iam::aws:policy/{n}"} for n in names]


def _head(kind: str, name: str, created_at: str) -> dict[str, Any]:
    prefix = {"User": "AIDA", "Group": "AGPA", "Role": "AROA"}[kind]
    return {
        "Path": "/",
        f"{kind}Name": name,
        f"{kind}Id": f"{prefix}{key(name, IDENTITY_CLOUD)}",
        "Arn": f"arn:aws:iam::{IDENTITY_CLOUD}:{kind.lower()}/{name}",
        "CreateDate": created_at,
    }


def _users(world: World, night: datetime) -> Iterator[dict[str, Any]]:
    for person in world.engineers.values():
        if person.team == "platform" and person.started_at <= night:
            extra = [
                grant.permission
                for grant in world.grants
                if grant.system == "aws"
                and grant.engineer_id == person.engineer_id
                and grant.granted_at <= night
            ]
            yield {
                **_head("User", person.login, _date(person.started_at)),
                "GroupList": [_GROUP],
                "AttachedManagedPolicies": _attached(*extra),
                "Tags": [],
            }
    yield {
        **_head("User", "terraform", "2024-02-12 09:30:11+00:00"),
        "GroupList": [],
        "AttachedManagedPolicies": _attached(_ADMINISTRATOR),
        "Tags": [],
    }


def _group() -> dict[str, Any]:
    document = {
        "Version": "2012-10-17",
        # One statement alone may stand without a list, and so may one action.
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:ChangePassword",
            "Resource": "arn:aws:iam::*:user/${aws:username}",
        },
    }
    return {
        **_head("Group", _GROUP, "2023-05-02 08:00:00+00:00"),
        "GroupPolicyList": [{"PolicyName": "own-credentials", "PolicyDocument": document}],
        "AttachedManagedPolicies": _attached("ReadOnlyAccess"),
    }


def _roles(world: World, night: datetime) -> Iterator[dict[str, Any]]:
    federated = {"Federated": f"arn:aws:iam::{IDENTITY_CLOUD}:saml-provider/AWSSSO"}
    for name, principal, policy, is_used in (
        (SSO_ROLE, federated, "ReadOnlyAccess", True),
        ("app-platform", {"Service": "ec2.amazonaws.com"}, "ReadOnlyAccess", True),
        (BREAK_GLASS_ROLE, {"AWS": [f"arn:aws:iam::{IDENTITY_CLOUD}:root"]}, _ADMINISTRATOR, False),
    ):
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        last_used = {"LastUsedDate": _date(night), "Region": "eu-central-1"} if is_used else {}
        yield {
            **_head("Role", name, "2023-05-02 08:00:00+00:00"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "InstanceProfileList": [],
            "RolePolicyList": [],
            "AttachedManagedPolicies": _attached(policy),
            "Tags": [],
            "RoleLastUsed": last_used,
        }


def _policy(name: str, action: str) -> dict[str, Any]:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
    }
    version = {
        "Document": document,
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "CreateDate": "2015-02-06 18:39:46+00:00",
    }
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{key(name)}",
        "Arn": f"arn:aws:iam::aws:policy/{name}",
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": "2015-02-06 18:39:46+00:00",
        "UpdateDate": "2015-02-06 18:39:46+00:00",
        "PolicyVersionList": [version],
    }
