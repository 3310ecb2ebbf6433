"""The access map as a matrix, its differences as a list, and the drift in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_audit.reports.published import Published, Row

DRAWN_ENGINEERS = 60
DRAWN_RESOURCES = 24
LISTED = 100

_CELLS = """
    select engineer_id, resource_id,
        bool_or(can_access and not should_access) as is_excess,
        bool_or(should_access and not can_access) as is_missing,
        bool_or(coalesce(on_shift, false)) as on_shift,
        string_agg(distinct permission, ', ' order by permission) as permissions
    from access_map group by engineer_id, resource_id
"""

_ENGINEERS = f"""
    select cells.engineer_id, any_value(engineers.name) as name, any_value(engineers.team) as team,
        count_if(is_excess) as excess
    from ({_CELLS}) as cells left join engineers on cells.engineer_id = engineers.engineer_id
    group by cells.engineer_id order by excess desc, team, cells.engineer_id
"""

_RESOURCES = f"""
    select cells.resource_id, any_value(resources.service) as service,
        any_value(resources.tier) as tier, count_if(is_excess) as excess
    from ({_CELLS}) as cells left join resources on cells.resource_id = resources.resource_id
    group by cells.resource_id order by excess desc, tier nulls last, cells.resource_id
"""

_EXCESS = """
    select access_map.*, engineers.name, engineers.team from access_map
    left join engineers on access_map.engineer_id = engineers.engineer_id
    where can_access and not should_access
    order by on_shift nulls first, last_used_at desc nulls last, access_map.engineer_id,
        resource_id, permission
    limit $listed
"""

_DRIFT = """
    select system, count_if(kind = 'excess') as excess, count_if(kind = 'missing') as missing,
        count_if(kind = 'added') as added, count_if(kind = 'removed') as removed,
        count_if(kind = 'expired') as expired, max(observed_on) as observed_on
    from entitlement_drift group by system order by system
"""


@dataclass(frozen=True, slots=True)
class AccessMap:
    """Can against should, as much of it as fits a page."""

    resources: list[Row]
    engineers: list[Row]
    cells: dict[tuple[str, str], Row]
    excess: list[Row]
    excess_total: int
    missing_total: int
    left_out_engineers: int
    left_out_resources: int
    drift: list[Row]


def access_map(published: Published) -> AccessMap:
    """Read the map; those with excess access come first."""
    engineers, resources = published.rows(_ENGINEERS), published.rows(_RESOURCES)
    shown = sorted(
        resources[:DRAWN_RESOURCES],
        key=lambda row: (row["service"] or "", row["tier"] or 9, row["resource_id"] or ""),
    )
    counts = (
        "select count_if(can_access and not should_access) as excess,"
        " count_if(should_access and not can_access) as missing from access_map"
    )
    [total] = published.rows(counts)
    return AccessMap(
        resources=shown,
        engineers=engineers[:DRAWN_ENGINEERS],
        cells=_cells(published),
        excess=published.rows(_EXCESS, listed=LISTED),
        excess_total=total["excess"],
        missing_total=total["missing"],
        left_out_engineers=max(0, len(engineers) - DRAWN_ENGINEERS),
        left_out_resources=max(0, len(resources) - DRAWN_RESOURCES),
        drift=published.rows(_DRIFT),
    )


def _cells(published: Published) -> dict[tuple[str, str], Row]:
    return {(row["engineer_id"], row["resource_id"]): row for row in published.rows(_CELLS)}
