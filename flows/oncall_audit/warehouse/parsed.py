"""dbt's reading of the project, kept between builds: it takes longer than a night's models."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from oncall_audit.warehouse.project import take_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from dbt.contracts.graph.manifest import Manifest

# The tag of tables that a nightly build makes.
DUE = "due"

_KEPT = 5
# Readings that were loaded before anybody asked, by project and target.
_loaded: dict[tuple[Path, str], Manifest] = {}


def warm(project: Path, target: str) -> None:
    """Load an earlier reading of the project, if there is one, for the next to ask for it."""
    if found := _load(_path(project, target)):
        _loaded[project, target] = found


def manifest(
    project: Path,
    parse: Callable[[], Manifest],
    unwanted: re.Pattern[str] | None = None,
    target: str = "duckdb",
) -> Manifest:
    """Return the project as dbt reads it, from an earlier reading of the very same files.

    dbt's own way throws its reading away whenever a threshold or the warehouse's place differs,
    neither of which changes what the models refer to. Not in it are the models that are `unwanted`
    and unit tests, which prove the models where they are made: to leave both out by dbt's selectors
    takes seconds. What is in it can still be left out: `flatten` is up to who builds.
    """
    found = _loaded.pop((project, target), None) or _kept(_path(project, target), parse)
    if unwanted:
        _take_out(found, unwanted)
    return found


def keep_due(read: Manifest, same: Collection[str]) -> None:
    """Leave the tables that read, however far up, more than inputs that are the `same` as before.

    They get the tag `DUE`. What they refer to stays too, as something that stands, and the rules,
    whose metadata is read out of the graph: dbt looks at every node several times.
    """
    nodes: Mapping[str, Any] = read.nodes
    stands: dict[str, bool] = {
        key: f"{source.schema}.{source.identifier}" in same for key, source in read.sources.items()
    }

    def is_as_it_was(key: str) -> bool:
        if key not in stands:
            stands[key] = bool(same) and all(map(is_as_it_was, _above(nodes[key])))
        return stands[key]

    due = frozenset(
        key
        for key, node in nodes.items()
        if node.config.materialized in ("table", "incremental") and not is_as_it_was(key)
    )

    @cache
    def due_above(key: str) -> frozenset[str]:
        above = [it for it in _above(nodes[key]) if it in nodes]
        return due.intersection(above).union(*(due_above(it) for it in above if it not in due))

    kept = due.union(*(_above(nodes[key]) for key in due))
    kept |= {key for key, node in nodes.items() if node.fqn[1] == "rules"}
    for key in kept & nodes.keys():
        if key in due:
            nodes[key].tags.append(DUE)
        elif _above(nodes[key]):
            # So that a table is made after those that it reads through views.
            nodes[key].depends_on.nodes = sorted(due_above(key))
    read.nodes = {key: node for key, node in nodes.items() if key in kept}


def flatten(read: Manifest) -> None:
    """Give macros their `graph`: of the rules, the only nodes that any of them looks for."""
    read.flat_graph = {
        "nodes": {
            key: node.to_dict(omit_none=False)
            for key, node in read.nodes.items()
            if node.fqn[1] == "rules"
        }
    }


def _above(node: Any) -> list[str]:
    # A seed depends on macros alone.
    above: list[str] = getattr(node.depends_on, "nodes", [])
    return above


@contextlib.contextmanager
def on_trust() -> Iterator[None]:
    """Have dbt take its configuration as it is: `manifest` gives what was once found valid.

    To make the JSON schemas of it takes dbt a second, each time. Nor does it go through all that is
    installed for plug-ins, which have their say when a project is parsed, or read its own code to
    find out who asks for a flag, or write down the graph, or put together what it tells for
    debugging alone: thirty such events a table, that nobody hears.
    """
    from dbt.compilation import Linker
    from dbt.plugins.manager import PluginManager
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.dataclass_schema import dbtClassMixin

    instead: dict[tuple[type, str], Any] = {
        (dbtClassMixin, "validate"): classmethod(lambda *_: None),
        (PluginManager, "get_prefixed_modules"): classmethod(lambda _: {}),
        (BehaviorFlagRendered, "_default_source"): staticmethod(lambda: "dbt"),
        (Linker, "get_graph_summary"): lambda *_: {},
        **_without_debugging(),
    }
    usual = {(owner, name): vars(owner)[name] for owner, name in instead}
    for (owner, name), method in instead.items():
        setattr(owner, name, method)
    try:
        yield
    finally:
        for (owner, name), method in usual.items():
            setattr(owner, name, method)


def _without_debugging() -> dict[tuple[type, str], Any]:
    from dbt_common.events.base_types import BaseEvent, DebugLevel
    from dbt_common.events.event_manager import EventManager

    make, fire = BaseEvent.__init__, EventManager.fire_event

    def made(self: BaseEvent, *arguments: Any, **fields: Any) -> None:
        if isinstance(self, DebugLevel):
            self.pb_msg = getattr(self.PROTO_TYPES_MODULE, type(self).__name__)()
        else:
            make(self, *arguments, **fields)

    def fired(self: EventManager, e: BaseEvent, *rest: Any, **how: Any) -> None:
        if not isinstance(e, DebugLevel):
            fire(self, e, *rest, **how)

    return {(BaseEvent, "__init__"): made, (EventManager, "fire_event"): fired}


def _take_out(read: Manifest, unwanted: re.Pattern[str]) -> None:
    from dbt.contracts.graph.nodes import ModelNode

    gone = {key for key, node in read.nodes.items() if unwanted.fullmatch(node.name)}
    read.nodes = {key: node for key, node in read.nodes.items() if key not in gone}
    # What unites systems refers to all of them while dbt parses.
    for node in read.nodes.values():
        if isinstance(node, ModelNode):
            node.depends_on.nodes = [key for key in node.depends_on.nodes if key not in gone]


def _path(project: Path, target: str) -> Path:
    return platformdirs.user_cache_path("oncall-audit") / f"{_digest(project, target)}.msgpack"


def _digest(project: Path, target: str) -> str:
    versions = f"{version('dbt-core')} {version(f'dbt-{target}')}"
    digest = hashlib.sha256(f"{versions} {project}".encode())
    take_in(digest, project)
    return digest.hexdigest()[:32]


def _kept(path: Path, parse: Callable[[], Manifest]) -> Manifest:
    found = _load(path)
    if found is None:
        found = parse()
        _slim(found)
        # Nobody loses more than time where nothing can be kept.
        with contextlib.suppress(OSError):
            _keep(path, found.to_msgpack())
    return found


def _slim(read: Manifest) -> None:
    """Take out what a build does not ask for: more than half of what there is to load."""
    read.unit_tests.clear()
    read.files.clear()
    read.flat_graph = {}


def _load(path: Path) -> Manifest | None:
    from dbt.contracts.graph.manifest import Manifest

    try:
        return Manifest.from_msgpack(path.read_bytes())
    except Exception:  # noqa: BLE001  # not there or damaged: the project can be read anew
        return None


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # In one step, from a name of its own: other runs may be reading, or writing the same.
    unfinished = path.with_name(f"{path.stem}-{os.getpid()}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    for old in sorted(path.parent.glob("*.msgpack"), key=os.path.getmtime)[:-_KEPT]:
        old.unlink(missing_ok=True)
