"""A timeline for each engineer and service: shifts and grants against sessions off policy."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_audit.reports.lanes import Axis, axis_of, draw
from oncall_audit.reports.published import Published, Row

DRAWN_ENGINEERS = 60
DRAWN_SERVICES = 30
EXPANDED_ENGINEERS = 12
EXPANDED_SERVICES = 6

# Who used something or is in a finding; `{owner}` is engineer_id or service.
_OWNERS = """
    with used as (
        select {owner} as owner, count(*) as sessions, count(distinct engineer_id) as people,
            count_if(off_policy_seconds > 0) as off_sessions,
            coalesce(sum(off_policy_seconds) filter (off_policy_seconds > 0), 0) as off_seconds
        from sessions where ended_at > $since and started_at < $until
        group by {owner}
    ),
    flagged as (
        select {owner} as owner, count(*) as findings,
            min(case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2
                when 'low' then 3 else 4 end) as urgency
        from findings where state in ('open', 'reopened') group by {owner}
    )
    select owner, flagged.urgency, coalesce(flagged.findings, 0) as findings,
        coalesce(used.sessions, 0) as sessions, coalesce(used.people, 0) as people,
        coalesce(used.off_sessions, 0) as off_sessions, coalesce(used.off_seconds, 0) as off_seconds
    from used full join flagged using (owner)
    where owner is not null
"""
_ENGINEERS = f"""
    select owners.*, engineers.name, engineers.team
    from ({_OWNERS.format(owner="engineer_id")}) as owners
    inner join engineers on owners.owner = engineers.engineer_id
    where $only is null or list_contains($only, owner)
    order by urgency nulls last, off_seconds desc, findings desc, owner
"""
_SERVICES = f"""
    select *, owner as name from ({_OWNERS.format(owner="service")}) as owners
    order by off_seconds desc, urgency nulls last, findings desc, owner
"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn for each engineer and service, and how many of them are not."""

    axis: Axis
    engineers: list[Row]
    services: list[Row]
    left_out_engineers: int
    left_out_services: int
    is_of_all: bool = True


def timeline(published: Published, run: Row, only: list[str] | None = None) -> Timeline | None:
    """Draw at most the last 35 days of the audit; who has findings comes first.

    With `only` some engineers, no service is drawn.
    """
    axis = axis_of(published, run)
    if axis is None:
        return None
    period = {"since": axis.since, "until": axis.until}
    engineers = published.rows(_ENGINEERS, **period, only=only)
    services = published.rows(_SERVICES, **period) if only is None else []
    return Timeline(
        axis,
        _drawn(published, axis, "engineer_id", engineers[:DRAWN_ENGINEERS], EXPANDED_ENGINEERS),
        _drawn(published, axis, "service", services[:DRAWN_SERVICES], EXPANDED_SERVICES),
        max(0, len(engineers) - DRAWN_ENGINEERS),
        max(0, len(services) - DRAWN_SERVICES),
        is_of_all=only is None,
    )


def _drawn(
    published: Published, axis: Axis, owner: str, rows: list[Row], expanded: int
) -> list[Row]:
    draw(published, axis, owner, rows)
    for place, row in enumerate(rows):
        row["is_expanded"] = row["findings"] > 0 and place < expanded
    return rows
