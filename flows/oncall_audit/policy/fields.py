"""The kinds of value that the policy is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

EVERYTHING = "*"


def _listed(value: Any) -> Any:
    return [EVERYTHING] if value == EVERYTHING else value


def _of_a_system(value: str) -> str:
    system, colon, name = value.partition(":")
    if not (colon and system.strip() and name.strip()):
        raise ValueError(f"'{value}' should be '<system>:<name>', such as 'postgresql:payments'.")
    return value


def _end_of(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        # "expires: 2026-12-31" reads as "the 31st is the last day".
        return datetime.combine(value + timedelta(days=1), time.min, UTC)
    raise ValueError("should be a date such as 2026-12-31, without quotes.")


def _begin_of(value: Any) -> Any:
    if isinstance(value, datetime) or not isinstance(value, date):
        return _end_of(value)
    return datetime.combine(value, time.min, UTC)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
SomeTexts = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
SomeOrAll = Annotated[
    SomeTexts, BeforeValidator(_listed, json_schema_input_type=tuple[str, ...] | str)
]
Pattern = Annotated[Text, AfterValidator(_of_a_system)]
Patterns = Annotated[tuple[Pattern, ...], Field(strict=False)]
Tier = Annotated[int, Field(ge=0, le=9)]
Hours = Annotated[float, Field(gt=0)]
Expiry = Annotated[datetime, BeforeValidator(_end_of, json_schema_input_type=date)]
Begin = Annotated[datetime, BeforeValidator(_begin_of, json_schema_input_type=date)]
