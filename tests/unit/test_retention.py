"""How long is kept what: months are whole, and what an audit needs cannot be set to go."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from oncall_audit.retention import Retention

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_landed_records_go_by_whole_months() -> None:
    assert Retention(landing_days=400).landed_since(NOW) == date(2025, 10, 1)
    assert Retention(landing_days=57).landed_since(NOW) == date(2026, 10, 1)
    assert Retention(landing_days=31).landed_since(NOW) == date(2026, 10, 1)


def test_without_a_limit_every_landed_record_is_kept() -> None:
    assert Retention().landed_since(NOW) is None


@pytest.mark.parametrize(
    "wrong", [{"landing_days": 30}, {"tables": {"register": 400}}, {"tables": {"sessions": 1}}]
)
def test_what_an_audit_of_a_month_needs_is_kept(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Retention.model_validate(wrong)
