"""What access control may do: which rights it manages, and the limits of any plan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from oncall_audit.policy.fields import Patterns, Text
from oncall_audit.validation import Strict

Cause = Literal["shift", "incident", "request", "role", "exception"]
# Why a right is taken away.
Removal = Literal[
    "shift_ended",
    "incident_ended",
    "request_ended",
    "expired",
    "leaver",
    "not_in_policy",
    "dormant",
]
Automatic = Literal[
    "shift_started",
    "incident_opened",
    "request_approved",
    "shift_ended",
    "incident_ended",
    "request_ended",
    "expired",
]
# In hours: 0 is at once, and a year the most.
Delay = Annotated[float, Field(ge=0, le=8784)]


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    raise ValueError("should be a time such as 2026-12-24T12:00:00+01:00, without quotes.")


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime)]


class Freeze(Strict):
    """A span in which nothing is changed."""

    since: Moment = Field(description="Begin of the freeze; UTC without a zone.")
    until: Moment = Field(description="End of the freeze, exclusive; UTC without a zone.")
    reason: Text = Field(description="Why nothing may change then.")

    @model_validator(mode="after")
    def _is_a_span(self) -> Freeze:
        if self.since >= self.until:
            raise ValueError("ends before it begins: exchange since and until.")
        return self


class Control(Strict):
    """The limits of every plan. With nothing managed, nothing is ever planned."""

    managed: Patterns = Field(
        (), description="'<system>:<permission glob>': the only rights ever granted or revoked."
    )
    protected: Patterns = Field(
        (), description="'<system>:<account glob>': accounts whose rights are never touched."
    )
    grants: Annotated[tuple[Cause, ...], Field(strict=False)] = Field(
        ("shift", "incident", "request"), description="What a missing right is granted for."
    )
    max_changes: int = Field(20, ge=0, description="The most grants and revocations of one plan.")
    max_percent: float = Field(
        25,
        ge=0,
        le=100,
        description="The most of a system's managed rights that a plan takes without an end that"
        " a shift, an incident or a request announced.",
    )
    plan_valid_hours: Delay = Field(24, description="Hours after which a plan is stale.")
    snapshot_valid_hours: Delay = Field(
        26, description="Hours after which a snapshot no longer says what is held."
    )
    warn_before_remove_hours: dict[Removal, Delay] = Field(
        {}, description="Hours between a warning and the revocation, by reason; at once if missing."
    )
    freezes: Annotated[tuple[Freeze, ...], Field(strict=False)] = Field(
        (), description="Spans in which nothing is changed."
    )
    automatic: Annotated[tuple[Automatic, ...], Field(strict=False)] = Field(
        (), description="Reasons for which `access shifts` needs nobody's approval."
    )
    owner: Text | None = Field(
        None, description="Who answers for automatic changes: an id or e-mail of the directory."
    )

    @model_validator(mode="after")
    def _has_an_owner(self) -> Control:
        if self.automatic and not self.owner:
            raise ValueError("`automatic` changes need an `owner` who answers for them.")
        return self
