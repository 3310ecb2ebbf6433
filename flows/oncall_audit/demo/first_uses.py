"""Notes who used a resource for the first time: nothing is planted, it just happens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from oncall_audit.demo.answers import Answer
from oncall_audit.demo.model import Access, World

_WARM_UP, _ACTIVE_DAYS = timedelta(days=14), 5


def note_first_uses(world: World) -> None:
    """Add an answer for each, of people and resources that have a history in the logs."""
    used: set[tuple[str, str]] = set()
    people: dict[str, datetime] = {}
    resources: dict[str, datetime] = {}
    active: defaultdict[str, set[date]] = defaultdict(set)
    for made, engineer_id, resource_id in sorted(_uses(world), key=lambda use: use[0].started_at):
        at = made.started_at
        since = max(people.setdefault(engineer_id, at), resources.setdefault(resource_id, at))
        is_first = (engineer_id, resource_id) not in used
        if is_first and at - since >= _WARM_UP and len(active[engineer_id]) >= _ACTIVE_DAYS:
            _note(world, made, resource_id)
        used.add((engineer_id, resource_id))
        active[engineer_id].add(at.date())


def _uses(world: World) -> Iterator[tuple[Access, str, str]]:
    for made in world.accesses:
        if made.engineer_id and made.resource_id:
            yield made, made.engineer_id, made.resource_id
            for said in made.said[:1]:
                if said.startswith("secretsmanager:"):
                    # Secrets are resources of their own, named after the team that owns them.
                    team = said.split('"')[3].partition("/")[0]
                    yield made, made.engineer_id, f"{team}-secrets"


def _note(world: World, made: Access, resource_id: str) -> None:
    world.answers.append(
        Answer(
            rule_id="first_seen_resource",
            engineer_id=made.engineer_id,
            account=None,
            system=made.system,
            resource_id=resource_id,
            around=made.started_at,
            note="Never used in the weeks before.",
        )
    )
