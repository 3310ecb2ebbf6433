"""Which periods somebody has to review, until when, and who may."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oncall_audit.periods import Kind
from oncall_audit.policy.fields import Texts
from oncall_audit.validation import Strict

Days = Annotated[int, Field(ge=0, le=366)]


class Duty(Strict):
    """What is asked for one kind of period."""

    required: bool = Field(True, description="Whether a review that nobody signed is ever overdue.")
    due_days: Days = Field(7, description="Days after a period's end until its review is overdue.")
    by: Texts = Field(
        (), description="Ids or e-mails of the directory that may sign; anybody in it if not given."
    )


class Monthly(Duty):
    """What is asked for months."""

    due_days: Days = Field(14, description="Days after a month's end until it is overdue.")


class Quarterly(Duty):
    """What is asked for quarters."""

    due_days: Days = Field(30, description="Days after a quarter's end until it is overdue.")


class Reviews(Strict):
    """What is asked for each kind of period."""

    weekly: Duty = Field(Duty(), description="Reviews of calendar weeks, Monday to Sunday.")
    monthly: Monthly = Field(Monthly(), description="Reviews of calendar months.")
    quarterly: Quarterly = Field(Quarterly(), description="Reviews of calendar quarters.")

    def duty(self, kind: Kind) -> Duty:
        """Return what is asked for a kind of period."""
        duties: dict[Kind, Duty] = {
            "weekly": self.weekly,
            "monthly": self.monthly,
            "quarterly": self.quarterly,
        }
        return duties[kind]
