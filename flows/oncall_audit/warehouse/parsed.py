"""dbt's reading of the project, kept between builds: it takes longer than a night's models."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from oncall_audit.warehouse.project import take_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from dbt.contracts.graph.manifest import Manifest

# The tag of tables that a nightly build makes.
DUE = "due"

_KEPT = 5


def manifest(
    project: Path,
    parse: Callable[[], Manifest],
    unwanted: re.Pattern[str] | None = None,
    target: str = "duckdb",
) -> Manifest:
    """Return the project as dbt reads it, from an earlier reading of the very same files.

    dbt's own way throws its reading away whenever a threshold or the warehouse's place differs,
    neither of which changes what the models refer to. If it is said which models are `unwanted`,
    they are not in it, nor are unit tests, which prove the models where they are made: to leave
    both out by dbt's selectors takes seconds.
    """
    path = platformdirs.user_cache_path("oncall-audit") / f"{_digest(project, target)}.msgpack"
    found = _load(path)
    if found is None:
        found = parse()
        # Nobody loses more than time where nothing can be kept.
        with contextlib.suppress(OSError):
            _keep(path, found.to_msgpack())
    if unwanted:
        _take_out(found, unwanted)
    found.build_flat_graph()  # type: ignore[no-untyped-call]
    return found


def call_due(read: Manifest, same: Collection[str]) -> None:
    """Tag the tables that read, however far up, more than inputs that are the same as before."""
    stands: dict[str, bool] = {
        key: f"{source.schema}.{source.identifier}" in same for key, source in read.sources.items()
    }

    def is_as_it_was(key: str) -> bool:
        if key not in stands:
            above = getattr(read.nodes[key].depends_on, "nodes", ())
            stands[key] = bool(same) and all(map(is_as_it_was, above))
        return stands[key]

    for key, node in read.nodes.items():
        if node.config.materialized in ("table", "incremental") and not is_as_it_was(key):
            node.tags.append(DUE)


@contextlib.contextmanager
def on_trust() -> Iterator[None]:
    """Have dbt take its configuration as it is: `manifest` gives what was once found valid.

    To make the JSON schemas of it takes dbt a second, each time.
    """
    from dbt_common.dataclass_schema import dbtClassMixin

    validate = vars(dbtClassMixin)["validate"]
    setattr(dbtClassMixin, "validate", classmethod(lambda *_: None))  # noqa: B010
    try:
        yield
    finally:
        setattr(dbtClassMixin, "validate", validate)  # noqa: B010


def _take_out(read: Manifest, unwanted: re.Pattern[str]) -> None:
    from dbt.contracts.graph.nodes import ModelNode

    read.unit_tests.clear()
    gone = {key for key, node in read.nodes.items() if unwanted.fullmatch(node.name)}
    read.nodes = {key: node for key, node in read.nodes.items() if key not in gone}
    # What unites systems refers to all of them while dbt parses.
    for node in read.nodes.values():
        if isinstance(node, ModelNode):
            node.depends_on.nodes = [key for key in node.depends_on.nodes if key not in gone]


def _digest(project: Path, target: str) -> str:
    versions = f"{version('dbt-core')} {version(f'dbt-{target}')}"
    digest = hashlib.sha256(f"{versions} {project}".encode())
    take_in(digest, project)
    return digest.hexdigest()[:32]


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
