"""The hours of the week in which a service needs somebody on call."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from oncall_audit.validation import Strict, TimeZone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[str, ...] = get_args(Day)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def _minutes(value: Any) -> Any:
    # Without quotes YAML reads 18:00 as 1080, the very number of minutes that is meant.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1440:
        return value
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        hours, minutes = value.split(":")
        return int(hours) * 60 + int(minutes)
    raise ValueError(f'\'{value}\' should be a time of day such as "09:00"; "24:00" ends a day.')


Clock = Annotated[int, BeforeValidator(_minutes, json_schema_input_type=str)]


class OnCallHours(Strict):
    """A span of the wall clock, on some days of the week."""

    days: Annotated[tuple[Day, ...], Field(strict=False, min_length=1)] = Field(
        ("mon", "tue", "wed", "thu", "fri"), description="mon, tue, wed, thu, fri, sat, sun."
    )
    starts: Clock = Field(description='Beginning on the wall clock, such as "09:00".')
    ends: Clock = Field(description='End on the wall clock; "24:00" is the next midnight.')
    time_zone: TimeZone = Field(description="IANA zone of the wall clock.")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> OnCallHours:
        if self.ends <= self.starts:
            raise ValueError(
                'ends before it starts: write a night as one span until "24:00" and one from'
                ' "00:00".'
            )
        return self


ALWAYS = OnCallHours(days=get_args(Day), starts=0, ends=1440, time_zone="UTC")
