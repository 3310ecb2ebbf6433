"""AWS IAM Identity Center: who has which permission set in which account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall_audit.control.aws import Aws, asked, settled
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

_STATUS = "AccountAssignment{}Status"
_REQUEST = "AccountAssignment{}RequestId"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsIdentityCenter(Aws):
    """One instance of IAM Identity Center: a right is a permission set in an AWS account.

    Needs `sso:CreateAccountAssignment` and `sso:DeleteAccountAssignment` on just the permission
    sets and accounts that are given, and reading of assignments, permission sets, users and groups.
    `region` is the one that the instance lives in.
    """

    system: str = "aws_identity_center"
    instance_arn: str | None = None

    def held(self) -> Iterator[Held]:
        """Yield each user's permission sets, own and by each group, account by account."""
        with asked("Identity Center"):
            center = self._center()
            for permission, arn in sorted(center.permission_sets().items()):
                for account_id in center.accounts(arn):
                    for name, granted_via in center.people(account_id, arn):
                        right = Right(self.system, name, account_id, permission)
                        yield Held(right, granted_via=granted_via)

    def grant(self, right: Right, until: datetime | None) -> None:
        """Assign the permission set to the user; Identity Center does not end it by itself."""
        with asked("Identity Center"):
            center = self._center()
            arn = center.permission_sets().get(right.permission)
            user = center.user(right.account)
            if arn is None or user is None:
                missing = right.permission if arn is None else right.account
                raise ControlError(f"Identity Center has no permission set or user {missing}.")
            if not center.is_assigned(right, arn, user):
                center.change("Creation", "create_account_assignment", right, arn, user)

    def revoke(self, right: Right) -> None:
        """Delete the user's own assignment; that of a group is refused, for others have it too."""
        with asked("Identity Center"):
            center = self._center()
            arn = center.permission_sets().get(right.permission)
            user = center.user(right.account)
            if arn is None or user is None:
                return
            if center.is_assigned(right, arn, user):
                center.change("Deletion", "delete_account_assignment", right, arn, user)
            for name, granted_via in center.people(right.resource_name, arn):
                if granted_via != "direct" and name.lower() == right.account.lower():
                    raise ControlError(
                        f"{name} still has {right.permission} in {right.resource_name} by"
                        f" {granted_via}: take the user out of it where its members are kept."
                    )

    def _center(self) -> _Center:
        sso, identity = self.clients("sso-admin", "identitystore")
        found = sso.list_instances()["Instances"]
        instances = [it for it in found if self.instance_arn in (None, it["InstanceArn"])]
        if len(instances) != 1:
            raise ControlError(
                f"Identity Center has {len(instances)} such instances in {self.region}: correct"
                " `region` or `instance_arn`."
            )
        store = instances[0]["IdentityStoreId"]
        return _Center(sso, identity, instances[0]["InstanceArn"], store)


@dataclass(frozen=True, slots=True)
class _Center:
    """An instance and its identity store, asked through boto3."""

    sso: Any
    identity: Any
    instance: str
    store: str

    def permission_sets(self) -> dict[str, str]:
        """Return each permission set's ARN by its name."""
        found = {}
        for arn in self._paged("list_permission_sets", "PermissionSets"):
            said = self.sso.describe_permission_set(InstanceArn=self.instance, PermissionSetArn=arn)
            found[str(said["PermissionSet"]["Name"])] = str(arn)
        return found

    def accounts(self, arn: str) -> Iterator[str]:
        """Yield every account that the permission set is provisioned in."""
        what = "list_accounts_for_provisioned_permission_set"
        return self._paged(what, "AccountIds", PermissionSetArn=arn)

    def people(self, account_id: str, arn: str) -> Iterator[tuple[str, str]]:
        """Yield the name of each user who has the permission set in the account, and by what."""
        users, groups = self._users(), self._groups()
        for assignment in self._assignments(account_id, arn):
            identifier = assignment["PrincipalId"]
            if assignment["PrincipalType"] == "USER":
                members, granted_via = [identifier], "direct"
            else:
                members = self._members(identifier)
                granted_via = f"group:{groups.get(identifier, identifier)}"
            # An id that is no user any more is nobody's right.
            yield from ((users[it], granted_via) for it in members if it in users)

    def user(self, name: str) -> str | None:
        """Return the id of the user of a name."""
        users = self._users().items()
        return next((it for it, known in users if known.lower() == name.lower()), None)

    def is_assigned(self, right: Right, arn: str, user: str) -> bool:
        """Say whether the user has an assignment of the user's own."""
        found = self._assignments(right.resource_name, arn)
        return any((it["PrincipalType"], it["PrincipalId"]) == ("USER", user) for it in found)

    def change(self, kind: str, verb: str, right: Right, arn: str, user: str) -> None:
        """Create or delete the user's assignment, and wait until AWS has done it."""
        said = getattr(self.sso, verb)(
            InstanceArn=self.instance,
            TargetId=right.resource_name,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=arn,
            PrincipalType="USER",
            PrincipalId=user,
        )
        describe = getattr(self.sso, f"describe_account_assignment_{kind.lower()}_status")

        def ask(request: str) -> Any:
            asked_for = {_REQUEST.format(kind): request}
            return describe(InstanceArn=self.instance, **asked_for)[_STATUS.format(kind)]

        settled(said[_STATUS.format(kind)], ask)

    def _assignments(self, account_id: str, arn: str) -> Iterator[Any]:
        what, key = "list_account_assignments", "AccountAssignments"
        return self._paged(what, key, AccountId=account_id, PermissionSetArn=arn)

    def _users(self) -> dict[str, str]:
        pages = self.identity.get_paginator("list_users").paginate(IdentityStoreId=self.store)
        return {it["UserId"]: str(it["UserName"]) for page in pages for it in page["Users"]}

    def _groups(self) -> dict[str, str]:
        pages = self.identity.get_paginator("list_groups").paginate(IdentityStoreId=self.store)
        return {it["GroupId"]: str(it["DisplayName"]) for page in pages for it in page["Groups"]}

    def _members(self, group: str) -> list[str]:
        pages = self.identity.get_paginator("list_group_memberships").paginate(
            IdentityStoreId=self.store, GroupId=group
        )
        return [it["MemberId"]["UserId"] for page in pages for it in page["GroupMemberships"]]

    def _paged(self, what: str, key: str, **more: str) -> Iterator[Any]:
        for page in self.sso.get_paginator(what).paginate(InstanceArn=self.instance, **more):
            yield from page[key]
