"""A timeline for each engineer: shifts against sessions, incidents and time off policy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import duration, moment, plural

WIDTH = 1_000
LONGEST = timedelta(days=35)
DRAWN_ENGINEERS = 60
EXPANDED_ENGINEERS = 12
_TOLD_BARS = 60
_NARROWEST = 2.5

_ENGINEERS = """
    with off as (
        select engineer_id, count(*) as off_sessions, sum(off_policy_seconds) as off_seconds
        from sessions
        where off_policy_seconds > 0 and ended_at > $since and started_at < $until
        group by engineer_id
    ),
    flagged as (
        select engineer_id, count(*) as findings,
            min(case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2
                when 'low' then 3 else 4 end) as urgency
        from findings where state in ('open', 'reopened') group by engineer_id
    ),
    used as (
        select engineer_id, count(*) as sessions from sessions
        where ended_at > $since and started_at < $until group by engineer_id
    )
    select engineers.engineer_id, engineers.name, engineers.team, flagged.urgency,
        coalesce(flagged.findings, 0) as findings, coalesce(used.sessions, 0) as sessions,
        coalesce(off.off_sessions, 0) as off_sessions, coalesce(off.off_seconds, 0) as off_seconds
    from engineers
    left join off on engineers.engineer_id = off.engineer_id
    left join flagged on engineers.engineer_id = flagged.engineer_id
    left join used on engineers.engineer_id = used.engineer_id
    where flagged.findings is not null or used.sessions is not null
    order by flagged.urgency nulls last, off_seconds desc, findings desc, engineers.engineer_id
"""

# Bars nearer to each other than a pixel are drawn as one: the drawing must not grow with the log.
_MERGED = """
    with spans as ({spans}),
    marked as (
        select *, coalesce(
            started_at > max(ended_at) over (
                partition by engineer_id order by started_at, ended_at, what
                rows between unbounded preceding and 1 preceding
            ) + $pixel, true
        ) as is_first
        from spans where ended_at > $since and started_at < $until and engineer_id in $engineers
    ),
    numbered as (
        select *, count_if(is_first) over (
            partition by engineer_id order by started_at, ended_at, what
            rows unbounded preceding
        ) as bar
        from marked
    )
    select engineer_id, greatest(min(started_at), $since) as since,
        least(max(ended_at), $until) as until, count(*) as spans, sum(seconds)::bigint as seconds,
        min(what) as what, count(distinct what) as kinds
    from numbered group by engineer_id, bar order by engineer_id, since
"""

_LANES = {
    "shifts": "select engineer_id, started_at, ended_at, 0 as seconds,"
    " coalesce(schedule, service) as what from shifts",
    "incidents": "select distinct shifts.engineer_id, incidents.started_at,"
    " coalesce(incidents.ended_at, $until) as ended_at, 0 as seconds,"
    " incidents.incident_id as what from incidents"
    " inner join shifts on incidents.service = shifts.service"
    " and incidents.started_at < shifts.ended_at"
    " and coalesce(incidents.ended_at, $until) > shifts.started_at",
    "sessions": "select engineer_id, started_at, ended_at, duration_seconds as seconds,"
    " '' as what from sessions",
    # A session that began under a shift left it at its end; others were off policy at once.
    "off_policy": "select engineer_id,"
    " case when begun then ended_at - to_seconds(off_policy_seconds) else started_at end"
    " as started_at, case when begun then ended_at"
    " else started_at + to_seconds(off_policy_seconds) end as ended_at,"
    " off_policy_seconds as seconds, coalesce(resource_id, system, '') as what from ("
    " select *, coalesce(is_start_allowed, allowed_seconds > 0"
    " and coalesce(shift_id, incident_id, request_id) is not null) as begun"
    " from sessions where off_policy_seconds > 0)",
}


@dataclass(frozen=True, slots=True)
class Axis:
    """The period drawn, and where each moment lies on it, from 0 to `WIDTH`."""

    since: datetime
    until: datetime
    audited_since: datetime
    ticks: list[tuple[float, str]]
    weekends: str

    def place(self, time: datetime) -> float:
        """Return where `time` lies."""
        return round(WIDTH * ((time - self.since) / (self.until - self.since)), 1)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn for each engineer, and how many engineers are not."""

    axis: Axis
    engineers: list[Row]
    left_out: int


def timeline(published: Published, run: Row) -> Timeline | None:
    """Draw at most the last 35 days of the audit, the engineers with findings first."""
    axis = _axis(published, run)
    if axis is None:
        return None
    period = {"since": axis.since, "until": axis.until}
    engineers = published.rows(_ENGINEERS, **period)
    drawn = engineers[:DRAWN_ENGINEERS]
    lanes = {name: _lane(published, axis, spans, drawn) for name, spans in _LANES.items()}
    for place, engineer in enumerate(drawn):
        bars = {name: lane[engineer["engineer_id"]] for name, lane in lanes.items()}
        engineer["lanes"] = {name: _path(axis, found) for name, found in bars.items()}
        engineer["off_policy"] = [_told(axis, bar) for bar in bars["off_policy"][:_TOLD_BARS]]
        engineer["more_off_policy"] = _path(axis, bars["off_policy"][_TOLD_BARS:], _NARROWEST)
        engineer["is_expanded"] = engineer["findings"] > 0 and place < EXPANDED_ENGINEERS
        engineer["description"] = _description(engineer, len(bars["shifts"]))
    return Timeline(axis, drawn, len(engineers) - len(drawn))


def _axis(published: Published, run: Row) -> Axis | None:
    last = published.value("select max(ended_at) from sessions")
    first = published.value("select min(started_at) from sessions")
    until = run["until"] or last
    if until is None or first is None:
        return None
    audited = run["since"] or first
    since = max(min(first, audited), until - LONGEST)
    if since >= until:
        return None
    return Axis(since, until, max(audited, since), _ticks(since, until), _weekends(since, until))


def _ticks(since: datetime, until: datetime) -> list[tuple[float, str]]:
    """Return places and labels of at most nine days or hours."""
    span = until - since
    step = timedelta(days=max(1, round(span.days / 8))) if span.days > 2 else timedelta(hours=6)
    if span.days > 8:
        step = timedelta(days=7 * max(1, round(span.days / 49)))
    tick = since.replace(hour=0, minute=0, second=0, microsecond=0)
    if step.days >= 7:
        tick -= timedelta(days=tick.weekday())
    ticks = []
    while tick < until:
        if tick >= since:
            label = f"{tick.day} {tick:%b}" if step.days or not tick.hour else f"{tick:%H:%M}"
            ticks.append((round(100 * ((tick - since) / span), 2), label))
        tick += step
    return ticks


def _weekends(since: datetime, until: datetime) -> str:
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    parts = []
    while day < until:
        if day.weekday() == 5:
            begin = max(0.0, WIDTH * ((day - since) / (until - since)))
            end = min(float(WIDTH), WIDTH * ((day + timedelta(days=2) - since) / (until - since)))
            parts.append(f"M{begin:.1f} 0H{end:.1f}V1H{begin:.1f}Z")
        day += timedelta(days=1)
    return "".join(parts)


def _lane(
    published: Published, axis: Axis, spans: str, engineers: list[Row]
) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    rows = published.rows(
        _MERGED.format(spans=spans),
        since=axis.since,
        until=axis.until,
        pixel=(axis.until - axis.since) / WIDTH,
        engineers=[row["engineer_id"] for row in engineers],
    )
    for row in rows:
        found[row["engineer_id"]].append(row)
    return found


def _path(axis: Axis, bars: list[Row], narrowest: float = 1.0) -> str:
    """Write bars as one path, one unit high."""
    return "".join(
        f"M{begin:g} 0H{end:g}V1H{begin:g}Z"
        for begin, end in (_ends(axis, bar, narrowest) for bar in bars)
    )


def _ends(axis: Axis, bar: Row, narrowest: float) -> tuple[float, float]:
    begin, end = axis.place(bar["since"]), axis.place(bar["until"])
    return begin, round(max(end, begin + narrowest), 1)


def _told(axis: Axis, bar: Row) -> dict[str, Any]:
    """Return a bar that says what it stands for."""
    begin, end = _ends(axis, bar, _NARROWEST)
    where = bar["what"] + (f" and {bar['kinds'] - 1} more" if bar["kinds"] > 1 else "")
    text = f"{moment(bar['since'])}: {duration(bar['seconds'])} off policy"
    return {
        "x": f"{begin / WIDTH:.2%}",
        "width": f"{(end - begin) / WIDTH:.2%}",
        "title": f"{text} on {where}, {plural(bar['spans'], 'session')}",
    }


def _description(engineer: Row, shifts: int) -> str:
    off = (
        f"{plural(engineer['off_sessions'], 'session')} with {duration(engineer['off_seconds'])}"
        " off policy"
        if engineer["off_sessions"]
        else "no time off policy"
    )
    return f"{plural(shifts, 'shift')}, {plural(engineer['sessions'], 'session')}, {off}"
