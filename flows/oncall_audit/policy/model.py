"""The policy as data: services, resources, and who may hold what on them, and when."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from oncall_audit.policy import tables
from oncall_audit.policy.commands import COMMANDS, SensitiveCommand
from oncall_audit.policy.control import Control
from oncall_audit.policy.fields import (
    Begin,
    Expiry,
    Hours,
    Pattern,
    Patterns,
    SomeOrAll,
    Text,
    Texts,
    Tier,
)
from oncall_audit.policy.incidents import Incidents
from oncall_audit.policy.networks import Cidr, Gateway, Network
from oncall_audit.policy.on_call import OnCallHours
from oncall_audit.policy.reviews import Reviews
from oncall_audit.policy.thresholds import Grace, Thresholds
from oncall_audit.validation import Strict


class Service(Strict):
    """What teams own and are on call for."""

    tier: Tier = Field(2, description="0 or 1 for what must never fail, higher for the rest.")
    owner_teams: Texts = Field((), description="Teams of the directory that own the service.")
    schedules: Texts = Field((), description="On-call schedules of the service, by name or id.")
    fallback_schedules: Texts = Field(
        (), description="Schedules that cover for it when nobody is on its own, and open nothing."
    )
    on_call_hours: Annotated[tuple[OnCallHours, ...], Field(strict=False)] = Field(
        (), description="When somebody has to be on call; always if not given."
    )


class Resource(Strict):
    """Something monitored: a server, a database, an account, a secret store."""

    kind: Text = Field(description="database, server, cloud_account, kubernetes, secrets …")
    service: Text = Field(description="The service it belongs to.")
    tier: Tier | None = Field(None, description="The service's tier if not given.")
    owner_team: Text | None = Field(None, description="The service's first team if not given.")
    names: Patterns = Field((), description="'<system>:<name or glob>' as the logs call it.")
    sensitive_tables: Texts = Field(
        (), description="Tables of a database, or globs, that must not be read as a whole."
    )


class Role(Strict):
    """What a team or a role may hold at any time."""

    team: Text | None = Field(None, description="A team of the directory.")
    role: Text | None = Field(None, description="A role of the directory.")
    resources: SomeOrAll = Field(description='Resources, or "*" for all.')
    permissions: SomeOrAll = Field(description='Permissions as the systems name them, or "*".')

    @model_validator(mode="after")
    def _names_somebody(self) -> Role:
        if not (self.team or self.role):
            raise ValueError("needs a team, a role, or both.")
        return self


class Shift(Strict):
    """What being on shift for a service allows in addition."""

    service: Text = Field(description="The service whose shift allows it.")
    resources: SomeOrAll = Field(description='Resources, or "*" for all of the service.')
    permissions: SomeOrAll = Field(description='Permissions as the systems name them, or "*".')


class Exemption(Strict):
    """A standing exception of one person, with an owner, a reason and an end."""

    engineer: Text = Field(description="The person's id in the directory.")
    resource: Text = Field(description='The resource, or "*" for all.')
    permission: Text = Field(description='The permission, or "*".')
    owner: Text = Field(description="Who answers for the exception.")
    reason: Text = Field(description="Why it is needed.")
    expires: Expiry = Field(description="The last day on which it holds.")


class Policy(Strict):
    """Everything that `policy.yml` says."""

    effective_from: Begin | None = Field(
        None, description="From when on it holds, if not from the run that first sees it."
    )
    grace: Grace = Field(Grace(), description="How far allowed windows reach.")
    services: dict[Text, Service] = Field({}, description="What teams own and are on call for.")
    resources: dict[Text, Resource] = Field({}, description="What is monitored.")
    roles: Annotated[tuple[Role, ...], Field(strict=False)] = Field(
        (), description="What a team or a role may hold at any time."
    )
    shifts: Annotated[tuple[Shift, ...], Field(strict=False)] = Field(
        (), description="What being on shift allows in addition."
    )
    exceptions: Annotated[tuple[Exemption, ...], Field(strict=False)] = Field(
        (), description="Standing exceptions of single people."
    )
    privileged: Patterns = Field((), description="'<system>:<permission glob>' of high rights.")
    break_glass: Patterns = Field((), description="'<system>:<glob>' of emergency rights.")
    sensitive_commands: Annotated[tuple[SensitiveCommand, ...], Field(strict=False)] = Field(
        COMMANDS, description="Commands and statements that are looked at wherever they are run."
    )
    service_accounts: Patterns = Field((), description="'<system>:<account glob>' of no person.")
    control: Control = Field(
        Control(), description="Which rights access control may grant and revoke, and its limits."
    )
    automation: Patterns = Field(
        (), description="'<system>:<glob>' of the ways and accounts by which programs grant rights."
    )
    credential_limits: dict[Pattern, Hours] = Field(
        {}, description="'<system>:<account glob>': hours that its credentials may last."
    )
    networks: dict[Cidr, Network] = Field({}, description="Where addresses are, by network.")
    reviews: Reviews = Field(
        Reviews(), description="Which weeks, months and quarters somebody reviews, and until when."
    )
    incidents: Incidents = Field(
        Incidents(), description="Which incidents are audited by themselves once they are over."
    )
    gateways: dict[Text, Gateway] = Field(
        {}, description="What must be reached through which gateway."
    )
    limits: Thresholds = Field(
        Thresholds(), alias="thresholds", description="The numbers of the rules."
    )

    @property
    def thresholds(self) -> dict[str, int | float]:
        """Every number of the policy, by the name that the models know it by."""
        before, after, incident = self.grace.model_dump().values()
        grace = {"grace_before_minutes": before, "grace_after_minutes": after}
        return {**grace, "incident_after_minutes": incident, **self.limits.model_dump()}

    @cached_property
    def canonical(self) -> bytes:
        """What the policy says as JSON, defaults included, whatever its layout."""
        said = self.model_dump(mode="json", by_alias=True)
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """The hash of what the policy says."""
        return hashlib.sha256(self.canonical).hexdigest()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of each table in the warehouse's schema `policy`."""
        return tables.rows(self)

    def expired(self, now: datetime) -> list[Exemption]:
        """Return the exceptions that no longer hold."""
        return [exception for exception in self.exceptions if exception.expires <= now]
