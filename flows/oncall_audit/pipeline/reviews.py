"""Makes the reviews of periods: with the audit that first sees one complete, and on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit import periods
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import pseudonym_key, register, reviews
from oncall_audit.evidence.reviews import Facts, Made
from oncall_audit.evidence.standing import SHOWN, Standing, listed, outstanding, standing
from oncall_audit.periods import Kind, Period
from oncall_audit.pipeline.run import Run
from oncall_audit.policy import Policy, load_policy
from oncall_audit.reports import review_pages
from oncall_audit.reports.published import Published
from oncall_audit.reports.review import Reviews
from oncall_audit.settings import Settings, load
from oncall_audit.workspace import Workspace

FOLDER = "reviews"

Result = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """A workspace as reviews see it: what is configured, what is asked for, what is on record."""

    workspace: Workspace
    settings: Settings
    policy: Policy
    records: Sequence[dict[str, Any]]

    def period(self, name: str | None) -> Period:
        """Return the period of a name; without one the last that was reviewed, weeks first."""
        if name:
            return periods.named(name, self.settings.time_zone)
        made = [periods.named(it, self.settings.time_zone) for it in reviews.made(self.records)]
        if not made:
            raise ConfigurationError(
                "No period has been reviewed yet. Audits do that at the end of a week, month or"
                " quarter; name the one that is running to see how far it is."
            )
        return max(made, key=lambda it: (it.kind == "weekly", it.first))

    def standing(self, period: Period, now: datetime) -> Standing:
        """Return where the review of a period stands."""
        return standing(period, self.records, self.policy.reviews.duty(period.kind), now)

    def listed(self, now: datetime) -> list[Standing]:
        """Return where the last periods of each kind stand."""
        return listed(self.records, self.policy.reviews, self.settings.time_zone, now)

    def outstanding(self, now: datetime) -> list[Standing]:
        """Return the reviews that are overdue, or signed for other figures."""
        return outstanding(self.records, self.policy.reviews, self.settings.time_zone, now)

    def page(self, published: Published, period: Period, facts: Facts, now: datetime) -> Any:
        """Return what the page of a review says."""
        where, organisation = self.standing(period, now), self.settings.organisation
        return review_pages.model(published, facts, where, self.records, organisation)


def desk(workspace: Workspace) -> Desk:
    """Read what reviews need to know of a workspace."""
    records = register.read(workspace.register)
    return Desk(workspace, load(workspace), load_policy(workspace), records)


def prepare(run: Run, since: datetime, *, is_whole: bool) -> list[Path]:
    """Make the reviews that this run can have completed or changed; return their pages.

    They are of the periods that end by now and after `since`, the first moment of which the run
    read anything; where it built everything anew, of all that it still has the records of.
    """
    with Published(run.prepared / "audit.duckdb") as published:
        source = Reviews(published, register.read(run.workspace.register))
        touched = _touched(run, source, since, is_whole=is_whole)
        known = reviews.made(source.records)
        found = {period: source.facts(period) for period in touched}
        facts = {period: it for period, it in found.items() if _is_known_as_well(it, known)}
        for it in facts.values():
            reviews.keep(run.workspace, it, run.run_id, run.started_at)
        made = _desk_of(run)
        pages = [made.page(published, period, it, run.started_at) for period, it in facts.items()]
    shown = _as_asked(made, run.prepared / "audit.duckdb", pages)
    return [path for page in shown for path in review_pages.write(page, run.prepared / FOLDER)]


def again(place: Desk, published: Published, period: Period, now: datetime) -> Any:
    """Return the page of a review as it was made; of a period that is not over, so far."""
    made = reviews.made(place.records).get(period.name)
    if made:
        facts = reviews.kept(place.workspace, period.name, made.sha256)
    else:
        facts = Reviews(published, place.records).facts(period)
        if not facts["audits"]["runs"]:
            raise ConfigurationError(
                f"No audit covers {period.name} at all. See 'oncall-audit review list'."
            )
    return place.page(published, period, facts, now)


def notices(run: Run) -> list[dict[str, Any]]:
    """Return the reviews that wait for too long, as the report and the run's log tell them."""
    found = _desk_of(run).outstanding(run.started_at)
    names = ("period", "kind", "state", "due_at", "sentence")
    return [{name: it.as_dict()[name] for name in names} for it in found]


def complete(workspace: Workspace, kind: Kind, name: str | None, now: datetime) -> Result:
    """Write the page of a period that is over, by default the last of its kind, and its standing.

    Raises `ConfigurationError` where no audit has seen that period complete.
    """
    place = desk(workspace)
    last = periods.current(now, kind, place.settings.time_zone).before
    period = periods.named(name, place.settings.time_zone) if name else last
    where = place.standing(period, now)
    if where.made is None:
        raise ConfigurationError(
            f"No audit has seen {period.name} complete, which ends {period.until:%Y-%m-%d %H:%M}"
            " UTC. Run the nightly audit first: oncall-audit run."
        )
    with Published(workspace.published) as published:
        page = again(place, published, period, now)
    [shown] = _as_asked(place, workspace.published, [page])
    paths = review_pages.write(shown, workspace.data / "reports" / FOLDER)
    waiting = [f"Review {it.period.name} is {it.sentence}." for it in place.outstanding(now)]
    return {**where.as_dict(), "paths": [str(path) for path in paths], "waiting": waiting}


def _as_asked(place: Desk, database: Path, pages: list[Any]) -> list[Any]:
    """Return the pages without names, where the reports of the workspace have none."""
    if not pages or not place.settings.reports.pseudonymised:
        return pages
    with Published(database, pseudonym_key.of_workspace(place.workspace)) as published:
        pseudonyms = published.pseudonyms
        return [review_pages.without_names(it, pseudonyms) for it in pages] if pseudonyms else pages


def _desk_of(run: Run) -> Desk:
    return Desk(run.workspace, run.settings, run.policy, register.read(run.workspace.register))


def _is_known_as_well(facts: Facts, known: Mapping[str, Made]) -> bool:
    """Say whether the tables still hold what an earlier review of the period was made of."""
    before = known.get(facts["period"]["name"])
    name = "source_hours"
    return before is None or facts["figures"][name] >= before.figures[name]


def _touched(run: Run, source: Reviews, since: datetime, *, is_whole: bool) -> list[Period]:
    reached = source.audited_until
    if reached is None:
        return []
    first = source.published.value("select min(hour_start) from coverage") or reached
    begin = first.replace(tzinfo=UTC) if is_whole else since
    until, zone = reached.replace(tzinfo=UTC), run.settings.time_zone
    return [
        period
        for kind in periods.KINDS
        for period in list(periods.complete(begin, until, kind, zone))[-SHOWN:]
    ]
