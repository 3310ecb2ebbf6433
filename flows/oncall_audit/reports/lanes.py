"""The axis of a timeline, and its bars: no more of them than a reader can tell apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import duration, moment, plural

WIDTH = 1_000
LONGEST = timedelta(days=35)
_TOLD_BARS = 60
_NARROWEST = 2.5

# Bars nearer to each other than a pixel are drawn as one: the drawing must not grow with the log.
# So is whatever begins within one pixel, which leaves few spans to look at one after the other.
_MERGED = """
    with spans as ({spans}),
    near as (
        select owner, min(started_at) as started_at, max(ended_at) as ended_at, count(*) as spans,
            sum(seconds) as seconds, list(distinct what) as what
        from spans where ended_at > $since and started_at < $until and owner in $owners
        group by owner, epoch_us(greatest(started_at, $since) - $since) // epoch_us($pixel)
    ),
    marked as (
        select *, coalesce(
            started_at > max(ended_at) over (
                partition by owner order by started_at
                rows between unbounded preceding and 1 preceding
            ) + $pixel, true
        ) as is_first
        from near
    ),
    numbered as (
        select *, count_if(is_first) over (
            partition by owner order by started_at rows unbounded preceding
        ) as bar
        from marked
    )
    select owner, greatest(min(started_at), $since) as since,
        least(max(ended_at), $until) as until, sum(spans)::bigint as spans,
        sum(seconds)::bigint as seconds, list_min(flatten(list(what))) as what,
        len(list_distinct(flatten(list(what)))) as kinds
    from numbered group by owner, bar order by owner, since
"""

# `{owner}` is the column whose lanes they are: engineer_id or service.
_LANES = {
    "shifts": "select {owner} as owner, started_at, ended_at, 0 as seconds, '' as what from shifts",
    # An approved request, or a permission that was given for a time.
    "grants": "select {owner} as owner, started_at, ended_at, 0 as seconds, '' as what from ("
    " select engineer_id, resource_id, started_at, coalesce(ended_at, $until) as ended_at"
    " from access_requests where status = 'approved'"
    " union all"
    " select engineer_id, resource_id, valid_from, coalesce(valid_until, $until)"
    " from entitlements where expires_at is not null"
    " ) as granted left join resources on granted.resource_id = resources.resource_id",
    "incidents": "select distinct {owner} as owner, started_at, ended_at, 0 as seconds,"
    " incident_id as what from ("
    " select shifts.engineer_id, incidents.service, incidents.started_at, incident_id,"
    " coalesce(incidents.ended_at, $until) as ended_at from incidents"
    " left join shifts on incidents.service = shifts.service"
    " and incidents.started_at < shifts.ended_at"
    " and coalesce(incidents.ended_at, $until) > shifts.started_at)",
    "sessions": "select {owner} as owner, started_at, ended_at, duration_seconds as seconds,"
    " '' as what from sessions",
    # A session that began under a shift left it at its end; others were off policy at once.
    "off_policy": "select {owner} as owner,"
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


def axis_of(published: Published, run: Row) -> Axis | None:
    """Return the axis of at most the audit's last 35 days, if there is anything to draw."""
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


def draw(published: Published, axis: Axis, owner: str, rows: list[Row]) -> None:
    """Put the lanes into each row, by its `owner`: the column `engineer_id` or `service`."""
    lanes = {
        name: _bars(published, axis, spans.format(owner=owner), rows)
        for name, spans in _LANES.items()
    }
    for row in rows:
        bars = {name: lane[row["owner"]] for name, lane in lanes.items()}
        row["lanes"] = {name: _path(axis, found) for name, found in bars.items()}
        row["off_policy"] = [_told(axis, bar) for bar in bars["off_policy"][:_TOLD_BARS]]
        row["more_off_policy"] = _path(axis, bars["off_policy"][_TOLD_BARS:], _NARROWEST)
        row["description"] = _description(row, bars)


def _bars(
    published: Published, axis: Axis, spans: str, drawn: list[Row]
) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    rows = published.rows(
        _MERGED.format(spans=spans),
        since=axis.since,
        until=axis.until,
        pixel=(axis.until - axis.since) / WIDTH,
        owners=[row["owner"] for row in drawn],
    )
    for row in rows:
        found[row["owner"]].append(row)
    return found


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


def _description(row: Row, bars: dict[str, list[Row]]) -> str:
    """Say in words what the lanes show."""
    counted = {name: sum(bar["spans"] for bar in lane) for name, lane in bars.items()}
    parts = [plural(counted[f"{name}s"], name) for name in ("shift", "grant", "incident")]
    off = (
        f"{plural(row['off_sessions'], 'session')} with {duration(row['off_seconds'])} off policy"
        if row["off_sessions"]
        else "no time off policy"
    )
    return f"{', '.join(parts)}, {plural(row['sessions'], 'session')}, {off}"
