"""AWS by moto's server, behind a door that can be given trouble and lets AWS take its time."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

import boto3
import requests
from werkzeug import Request, Response

from controlled.over_http import OverHttp
from controlled.system import TOKEN
from oncall_audit.control.model import Right
from oncall_audit.control.providers.aws_iam import AwsIam
from oncall_audit.control.providers.aws_identity_center import AwsIdentityCenter

ACCOUNT = "123456789012"
_KEY = {"access_key_id": "AKIAEXAMPLE", "access_key_secret": TOKEN}
_HOP = {"content-encoding", "content-length", "connection", "transfer-encoding", "date", "server"}
_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    }
)


@dataclass
class Aws(OverHttp):
    """Passes every request on to moto; the provider knows this address alone."""

    moto: str

    def __post_init__(self) -> None:
        super().__post_init__()
        # boto3 is slow to begin with, and reads errors itself.
        self.kinds = self.read_kinds = ("html", "lost")

    def allows(self, request: Request) -> bool:
        return True

    def route(self, request: Request, parts: list[str]) -> Response:
        sent = {name: value for name, value in request.headers if name.lower() != "host"}
        got = requests.request(
            request.method, f"{self.moto}/", headers=sent, data=request.get_data(), timeout=30
        )
        kept = [it for it in got.headers.items() if it[0].lower() not in _HOP]
        return Response(self.seen(request, got.content), got.status_code, kept)

    def seen(self, request: Request, body: bytes) -> bytes:
        """Return what the provider sees of moto's answer."""
        return body

    def client(self, service: str) -> Any:
        """Return a client that asks moto itself."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.moto,
            aws_access_key_id="AKIAMOTO",
            aws_secret_access_key="invented",
        )

    def reset(self) -> None:
        requests.post(f"{self.moto}/moto-api/reset", timeout=30)
        self.fill()

    @abstractmethod
    def fill(self) -> None:
        """Make what there is at the beginning."""


@dataclass
class IamAccount(Aws):
    """A group for each of two policies, one that gives both, and one nobody should be in."""

    iam: Any = field(init=False, default=None)
    arns: dict[str, str] = field(init=False, default_factory=dict)

    def fill(self) -> None:
        self.iam = self.client("iam")
        for name in ("PaymentsRead", "SearchRead"):
            made = self.iam.create_policy(PolicyName=name, PolicyDocument=_POLICY)
            self.arns[name] = made["Policy"]["Arn"]
        groups = {
            "payments": ("PaymentsRead",),
            "search": ("SearchRead",),
            "all": ("PaymentsRead", "SearchRead"),
        }
        for group, policies in groups.items():
            self.iam.create_group(GroupName=group)
            for policy in policies:
                self.iam.attach_group_policy(GroupName=group, PolicyArn=self.arns[policy])
        for user in ("ada", "ben", "cleo"):
            self.iam.create_user(UserName=user)
        self.iam.add_user_to_group(GroupName="payments", UserName="cleo")
        self.iam.put_user_policy(UserName="ben", PolicyName="Own", PolicyDocument=_POLICY)
        self.rights = (
            Right("aws", "ada", ACCOUNT, "PaymentsRead"),
            Right("aws", "ben", ACCOUNT, "PaymentsRead"),
            Right("aws", "ada", ACCOUNT, "SearchRead"),
        )

    def provider(self, **options: Any) -> AwsIam:
        return AwsIam(**{"url": self.url, **_KEY, **options})

    def state(self) -> frozenset[Right]:
        return frozenset(
            Right("aws", user["UserName"], ACCOUNT, permission)
            for user in self.iam.list_users()["Users"]
            for permission in self._permissions(user["UserName"])
        )

    def _permissions(self, user: str) -> set[str]:
        inline = self.iam.list_user_policies(UserName=user)["PolicyNames"]
        found = {f"inline:{name}" for name in inline}
        attached = self.iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
        for group in self.iam.list_groups_for_user(UserName=user)["Groups"]:
            name = group["GroupName"]
            attached += self.iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]
        return found | {policy["PolicyName"] for policy in attached}


@dataclass
class IdentityCenter(Aws):
    """Two permission sets; Cleo has one by a group. `slow` is how often AWS says: not yet."""

    sso: Any = field(init=False, default=None)
    store: Any = field(init=False, default=None)
    instance: dict[str, Any] = field(init=False, default_factory=dict)
    sets: dict[str, str] = field(init=False, default_factory=dict)
    users: dict[str, str] = field(init=False, default_factory=dict)
    group: str = field(init=False, default="")
    slow: int = field(init=False, default=0)
    outcome: str = field(init=False, default="SUCCEEDED")

    def fill(self) -> None:
        self.sso, self.store = self.client("sso-admin"), self.client("identitystore")
        self.instance = self.sso.list_instances()["Instances"][0]
        self.slow, self.outcome = 0, "SUCCEEDED"
        for name in ("PaymentsAdmin", "SearchAdmin"):
            arn = self.sso.create_permission_set(Name=name, **self._in())["PermissionSet"][
                "PermissionSetArn"
            ]
            self.sso.provision_permission_set(
                PermissionSetArn=arn, TargetType="ALL_PROVISIONED_ACCOUNTS", **self._in()
            )
            self.sets[name] = arn
        store = {"IdentityStoreId": self.instance["IdentityStoreId"]}
        for name in ("ada", "ben", "cleo"):
            self.users[name] = self.store.create_user(
                UserName=f"{name}@example.com",
                DisplayName=name,
                Name={"GivenName": name, "FamilyName": "Example"},
                **store,
            )["UserId"]
        self.group = self.store.create_group(DisplayName="admins", **store)["GroupId"]
        self.store.create_group_membership(
            GroupId=self.group, MemberId={"UserId": self.users["cleo"]}, **store
        )
        self.sso.create_account_assignment(
            TargetId=ACCOUNT,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=self.sets["PaymentsAdmin"],
            PrincipalType="GROUP",
            PrincipalId=self.group,
            **self._in(),
        )
        system = "aws_identity_center"
        self.rights = (
            Right(system, "ada@example.com", ACCOUNT, "PaymentsAdmin"),
            Right(system, "ben@example.com", ACCOUNT, "PaymentsAdmin"),
            Right(system, "ada@example.com", ACCOUNT, "SearchAdmin"),
        )

    def provider(self, **options: Any) -> AwsIdentityCenter:
        return AwsIdentityCenter(**{"region": "us-east-1", "url": self.url, **_KEY, **options})

    def state(self) -> frozenset[Right]:
        people = {identifier: name for name, identifier in self.users.items()}
        people[self.group] = "cleo"
        return frozenset(
            Right("aws_identity_center", f"{people[it['PrincipalId']]}@example.com", ACCOUNT, name)
            for name, arn in self.sets.items()
            for it in self.sso.list_account_assignments(
                AccountId=ACCOUNT, PermissionSetArn=arn, **self._in()
            )["AccountAssignments"]
        )

    def seen(self, request: Request, body: bytes) -> bytes:
        # moto does at once what AWS takes its time for, and then describes it without a status.
        verb = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if "AccountAssignment" not in verb or verb.startswith("List") or b"Status" not in body:
            return body
        document = json.loads(body)
        for status in document.values():
            self.slow -= 1
            status["Status"] = "IN_PROGRESS" if self.slow >= 0 else self.outcome
            if status["Status"] == "FAILED":
                status["FailureReason"] = "the account is suspended"
        return json.dumps(document).encode()

    def _in(self) -> dict[str, str]:
        return {"InstanceArn": self.instance["InstanceArn"]}
