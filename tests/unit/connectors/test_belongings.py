"""Keys, devices and declared travel of a directory: read in every form, refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_audit.connectors.generic_records import SHAPES, Decoder

TRIP = {"country": "PT", "from": "2026-03-01", "until": "2026-03-08"}


def person(**said: Any) -> dict[str, Any]:
    (row,) = Decoder(SHAPES["directory"], {})([{"engineer_id": "e1", **said}], {})
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(
    "written",
    [
        ["SHA256:abc", {"device_id": " laptop-1 ", "model": "X"}],
        "SHA256:abc; laptop-1",
        '["SHA256:abc", "laptop-1"]',
    ],
)
def test_devices_are_names_in_whatever_form(written: object) -> None:
    assert person(devices=written) == {"engineer_id": "e1", "devices": ["SHA256:abc", "laptop-1"]}


@pytest.mark.parametrize(
    "written",
    [
        [TRIP],
        [{**TRIP, "country": "pt", "until": "2026-03-08T00:00:00Z"}],
        "PT 2026-03-01/2026-03-08",
        "PT 2026-03-01..2026-03-08;",
        '[{"country": "PT", "from": "2026-03-01", "until": "2026-03-08"}]',
    ],
)
def test_trips_are_days_in_a_country_in_whatever_form(written: object) -> None:
    assert person(travel=written) == {"engineer_id": "e1", "travel": [TRIP]}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"travel": "Portugal, in spring"}, "is no trip such as `PT 2026-03-01/2026-03-08`"),
        ({"travel": [{**TRIP, "country": "Portugal"}]}, "is no country"),
        ({"travel": [{**TRIP, "until": "2026-02-01"}]}, "a trip ends before it starts"),
        ({"travel": [{**TRIP, "from": "soon"}]}, "'soon' is no date such as 2026-03-01"),
        ({"travel": [{"country": "PT"}]}, "it has no `from`"),
        ({"devices": [{"serial": 1}]}, "it has no `device_id`"),
        ({"devices": "[1"}, "is no JSON"),
        ({"devices": {"a": 1}}, "is no list"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(said: Any, reason: str) -> None:
    assert reason in person(**said)["_rejected"]
