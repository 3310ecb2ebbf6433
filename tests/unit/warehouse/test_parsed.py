from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from dbt.contracts.graph.manifest import Manifest

from oncall_audit.warehouse import parsed


class Reader:
    """Reads a project as dbt would, and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Manifest:
        self.times += 1
        return Manifest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "model.sql").write_text("select 1 as one")
    return project


def test_a_project_is_read_once_while_it_stays(cache: Path, project: Path) -> None:
    read = Reader()
    parsed.manifest(project, read)
    parsed.manifest(project, read)
    assert read.times == 1


@pytest.mark.parametrize("name", ["model.sql", "other.yml", "seed.csv", "words.md"])
def test_a_changed_project_is_read_again(cache: Path, project: Path, name: str) -> None:
    read = Reader()
    parsed.manifest(project, read)
    (project / name).write_text("select 2 as two")
    parsed.manifest(project, read)
    assert read.times == 2


def test_a_damaged_reading_is_made_again(cache: Path, project: Path) -> None:
    read = Reader()
    parsed.manifest(project, read)
    (kept,) = cache.rglob("*.msgpack")
    kept.write_bytes(kept.read_bytes()[:100])
    parsed.manifest(project, read)
    parsed.manifest(project, read)
    assert read.times == 2


def test_a_folder_that_cannot_be_written_costs_only_time(cache: Path, project: Path) -> None:
    cache.write_text("a file where the folder should be")
    read = Reader()
    parsed.manifest(project, read)
    parsed.manifest(project, read)
    assert read.times == 2


def test_old_readings_are_cleared_away(cache: Path, project: Path) -> None:
    for number in range(8):
        (project / "model.sql").write_text(f"select {number} as number")
        parsed.manifest(project, Reader())
    assert len(list(cache.rglob("*.msgpack"))) == 5
    assert not list(cache.rglob("*.part"))


class Graph:
    """A manifest as far as it is asked which tables are due."""

    def __init__(self, **above: str) -> None:
        # Each model by its kind and what it reads: t(able), i(ncremental) or v(iew).
        self.sources = {
            f"source.{name}": SimpleNamespace(schema="landing", identifier=name)
            for name in ("people", "run", "shifts")
        }
        kinds = {"t": "table", "i": "incremental", "v": "view"}
        self.nodes = {
            name: SimpleNamespace(
                config=SimpleNamespace(materialized=kinds[name[0]]),
                depends_on=SimpleNamespace(nodes=reads.split()),
                fqn=["project", "rules" if name.endswith("rule") else "marts", name],
                tags=[],
            )
            for name, reads in above.items()
        }

    def due(self, *same: str) -> set[str]:
        parsed.keep_due(cast("Manifest", self), {f"landing.{name}" for name in same})
        return {name for name, node in self.nodes.items() if parsed.DUE in node.tags}


def _graph() -> Graph:
    return Graph(
        t_people="source.people",
        i_shifts="source.shifts",
        v_both="t_people i_shifts",
        v_near="v_both",
        t_far="v_near",
        t_run="source.run v_both",
        t_nothing="",
        v_rule="t_far",
    )


@pytest.mark.parametrize(
    ("same", "due"),
    [
        ("", "t_people i_shifts t_far t_run t_nothing"),
        ("people", "i_shifts t_far t_run"),
        ("shifts", "t_people t_far t_run"),
        ("people shifts", "t_run"),
        ("people shifts run", ""),
        ("elsewhere", "t_people i_shifts t_far t_run"),
    ],
)
def test_a_table_is_due_if_anything_that_it_reads_is_not_the_same(same: str, due: str) -> None:
    assert _graph().due(*same.split()) == set(due.split())


def test_what_is_neither_due_nor_read_by_a_due_table_is_left_out_but_for_rules() -> None:
    graph = _graph()
    graph.due("people")

    assert set(graph.nodes) == {"i_shifts", "v_both", "v_near", "t_far", "t_run", "v_rule"}


def test_a_due_table_comes_after_those_that_it_reads_through_views_that_stand() -> None:
    graph = _graph()
    graph.due("people")

    reads = {name: node.depends_on.nodes for name, node in graph.nodes.items()}
    assert reads == {
        "i_shifts": ["source.shifts"],
        "v_both": ["i_shifts"],
        "v_near": ["i_shifts"],
        "t_far": ["v_near"],
        "t_run": ["source.run", "v_both"],
        "v_rule": ["t_far"],
    }


def test_dbt_is_as_careful_as_ever_once_it_need_not_trust() -> None:
    from dbt.plugins.manager import PluginManager
    from dbt_common.behavior_flags import BehaviorFlagRendered

    def says() -> tuple[Any, ...]:
        return BehaviorFlagRendered._default_source(), bool(PluginManager.get_prefixed_modules())

    usual = says()
    with parsed.on_trust():
        assert says() == ("dbt", False)

    assert says() == usual != ("dbt", False)


def test_dbt_does_not_put_together_what_nobody_hears() -> None:
    from dbt.adapters.events.types import SQLQuery
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.types import Note

    heard: list[str] = []
    manager = EventManager()
    manager.callbacks.append(lambda event: heard.append(event.info.msg))

    def told() -> list[str]:
        heard.clear()
        manager.fire_event(SQLQuery(conn_name="one", sql="select 1"))
        manager.fire_event(Note(msg="both"), level=EventLevel.INFO)
        return list(heard)

    with parsed.on_trust():
        assert told() == ["both"]
    usual = told()
    assert usual[-1] == "both"
    assert "select 1" in usual[0]
