"""AWS IAM: policies that users hold, by the groups they are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall_audit.control.aws import Aws, acknowledged, asked
from oncall_audit.control.groups import to_join, to_leave
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

_INLINE = "inline:"

Principal = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsIam(Aws):
    """The IAM users of one AWS account: a right is a policy, which a group gives.

    Needs `iam:GetAccountAuthorizationDetails`, and `iam:AddUserToGroup` and
    `iam:RemoveUserFromGroup` on just the groups that are given; `iam:DetachUserPolicy` only where
    policies that were attached to users themselves are to be taken away as well.
    """

    system: str = "aws"
    region: str = "us-east-1"

    def held(self) -> Iterator[Held]:
        """Yield each user's policies as the source aws_iam reads them: own, and by each group."""
        with asked("IAM"):
            account = self._account()
            for user in account.users:
                for permission, granted_via in account.policies(user):
                    name = str(user["UserName"])
                    right = Right(self.system, name, account.account_id, permission)
                    yield Held(right, granted_via=granted_via)

    def grant(self, right: Right, until: datetime | None) -> None:
        """Put the user into the policy's group; IAM does not end it by itself."""
        with asked("IAM"):
            account = self._account()
            account.check(right)
            user = account.user(right.account)
            if user is None:
                raise ControlError(f"AWS account {account.account_id} has no user {right.account}.")
            if right.permission not in {permission for permission, _ in account.policies(user)}:
                group = to_join(account.giving(), right.permission)
                said = account.iam.add_user_to_group(GroupName=group, UserName=right.account)
                acknowledged(said)

    def revoke(self, right: Right) -> None:
        """Take the user out of each group that gives the policy, and detach it from the user."""
        with asked("IAM"):
            account = self._account()
            account.check(right)
            user = account.user(right.account)
            if user is None:
                return
            if right.permission in _inline(user, "User"):
                raise ControlError(
                    f"{right.permission} is written into user {right.account} itself, and would be"
                    " lost: make a managed policy of it, or delete it by hand."
                )
            groups = to_leave(account.giving(), user.get("GroupList") or (), right.permission)
            for group in groups:
                said = account.iam.remove_user_from_group(GroupName=group, UserName=right.account)
                acknowledged(said)
            for policy in user.get("AttachedManagedPolicies") or ():
                if policy["PolicyName"] == right.permission:
                    arn = policy["PolicyArn"]
                    said = account.iam.detach_user_policy(UserName=right.account, PolicyArn=arn)
                    acknowledged(said)

    def _account(self) -> _Account:
        sts, iam = self.clients("sts", "iam")
        account_id = sts.get_caller_identity()["Account"]
        users: list[Principal] = []
        groups: list[Principal] = []
        pages = iam.get_paginator("get_account_authorization_details")
        for page in pages.paginate(Filter=["User", "Group"]):
            users += page["UserDetailList"]
            groups += page["GroupDetailList"]
        return _Account(iam, str(account_id), users, {str(it["GroupName"]): it for it in groups})


@dataclass(frozen=True, slots=True)
class _Account:
    """The users and groups of an account as they are now."""

    iam: Any
    account_id: str
    users: list[Principal]
    groups: Mapping[str, Principal]

    def check(self, right: Right) -> None:
        """Raise unless the right is one in this account."""
        if right.resource_name != self.account_id:
            raise ControlError(
                f"The credentials are those of AWS account {self.account_id}, not of"
                f" {right.resource_name}."
            )

    def user(self, name: str) -> Principal | None:
        """Return the user of a name."""
        return next((user for user in self.users if user["UserName"] == name), None)

    def giving(self) -> dict[str, set[str]]:
        """Return the policies that each group gives."""
        return {name: _names(group, "Group") for name, group in self.groups.items()}

    def policies(self, user: Principal) -> Iterator[tuple[str, str]]:
        """Yield each policy that the user holds, and by what."""
        for permission in sorted(_names(user, "User")):
            yield permission, "direct"
        for name in user.get("GroupList") or ():
            for permission in sorted(_names(self.groups[name], "Group")):
                yield permission, f"group:{name}"


def _names(principal: Principal, kind: str) -> set[str]:
    attached = principal.get("AttachedManagedPolicies") or ()
    return {str(policy["PolicyName"]) for policy in attached} | _inline(principal, kind)


def _inline(principal: Principal, kind: str) -> set[str]:
    policies = principal.get(f"{kind}PolicyList") or ()
    return {f"{_INLINE}{policy['PolicyName']}" for policy in policies}
