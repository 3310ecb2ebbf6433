"""What holds for every provider, against a system that keeps state."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from controlled.over_http import OverHttp
from controlled.system import TOKEN, System
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from oncall_audit import sources
from oncall_audit.control import providers, targets
from oncall_audit.control.model import Right
from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ControlError
from oncall_audit.workspace import Workspace

DOCS = Path(__file__).parents[4] / "docs" / "providers"
UNTIL = datetime(2999, 3, 2, 18, tzinfo=UTC)
# It is proved against a whole PostgreSQL server instead.
NAMES = [name for name in providers.names() if name != "postgresql"]
HTTP = ["github", "hoop", "kubernetes", "okta"]

each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def system(name: str, make_system: Callable[[str], System]) -> System:
    return make_system(name)


@pytest.fixture
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try what may be tried again only twice: how often is proved of the client."""
    monkeypatch.setattr("oncall_audit.connectors.http.TRIES", 2)
    monkeypatch.setattr("oncall_audit.control.http.TRIES", 2)


def held(provider: Provider) -> set[Right]:
    return {held.right for held in provider.held()}


@each
def test_what_is_held_is_what_the_system_says(system: System) -> None:
    assert held(system.provider()) == system.state() != frozenset()


@each
def test_a_granted_right_is_held_and_nothing_else_changes(system: System) -> None:
    for right in system.rights:
        before = system.state()

        system.provider().grant(right, UNTIL)

        assert system.state() == before | {right} == held(system.provider())


@each
def test_granting_twice_is_granting_once(system: System) -> None:
    right = system.rights[0]
    system.provider().grant(right, None)
    once = system.state()

    system.provider().grant(right, UNTIL)

    assert system.state() == once


@each
def test_a_revoked_right_is_gone_and_nothing_else_is(system: System) -> None:
    for right in system.rights:
        system.provider().grant(right, UNTIL)
    for right in system.rights:
        before = system.state()

        system.provider().revoke(right)

        assert system.state() == before - {right} == held(system.provider())


@each
def test_revoking_twice_is_revoking_once(system: System) -> None:
    right = system.rights[0]
    before = system.state()
    system.provider().grant(right, UNTIL)

    system.provider().revoke(right)
    system.provider().revoke(right)

    assert system.state() == before - {right}


@each
def test_nobody_of_that_name_holds_anything(system: System) -> None:
    before = system.state()
    of_nobody = Right(**{**_parts(system.rights[0]), "account": "nobody@example.com"})

    system.provider().revoke(of_nobody)

    assert system.state() == before


@each
@pytest.mark.parametrize("verb", ["grant", "revoke"])
def test_trouble_is_told_without_a_secret_and_can_be_repaired(
    system: System, few_tries: None, verb: str
) -> None:
    right = system.rights[0]
    before = system.state()
    change, undo = _grant(right), _revoke(right)
    if verb == "revoke":
        change, undo = undo, change
        undo(system.provider())
    begin, end = system.state(), before if verb == "revoke" else before | {right}
    places = _places(system, change, undo)
    for kind in system.kinds:
        # A lost answer differs from a refusal only where something was changed.
        for first in places[-1:] if kind == "lost" else places:
            _fails(system, change, kind, first)
            assert system.state() in (begin, end), (kind, first)

            change(system.provider())
            assert system.state() == end, (kind, first)
            undo(system.provider())


@each
def test_what_cannot_be_read_whole_is_not_read(system: System, few_tries: None) -> None:
    whole = held(system.provider())
    places = _places(system, held, held)
    for kind in system.read_kinds:
        for first in places:
            _fails(system, held, kind, first)
    assert held(system.provider()) == whole


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("verb", ["grant", "revoke"])
def test_a_change_without_an_answer_may_have_been_made(
    system: System, few_tries: None, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    right = system.rights[0]
    change, undo = _grant(right), _revoke(right)
    if verb == "revoke":
        change, undo = undo, change
        undo(system.provider())
    last = max(_places(system, change, undo))

    with monkeypatch.context() as patch:
        patch.setattr("oncall_audit.connectors.http._CONNECT_AND_READ_SECONDS", (5, 0.5))
        _fails(system, change, "stall", last)

    change(system.provider())
    assert (right in system.state()) == (verb == "grant")


def _grant(right: Right) -> Callable[[Provider], None]:
    return lambda provider: provider.grant(right, UNTIL)


def _revoke(right: Right) -> Callable[[Provider], None]:
    return lambda provider: provider.revoke(right)


def _places(
    system: System, change: Callable[[Provider], Any], undo: Callable[[Provider], Any]
) -> list[int]:
    """Return the first, a middle one and the last of the requests that a change makes."""
    with system.troubled("", 1):
        change(system.provider())
    count = system.asked
    undo(system.provider())
    return sorted({1, (count + 1) // 2, count} if count < 6 else {1, count})


def _fails(system: System, verb: Callable[[Provider], Any], kind: str, first: int) -> None:
    with (
        system.troubled(kind, first),
        pytest.raises(ControlError, match=r".{20}") as caught,
    ):
        verb(system.provider())

    assert TOKEN not in "".join(traceback.format_exception(caught.value)), (kind, first)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["github", "kubernetes", "okta"])
def test_a_list_that_never_ends_is_an_error(system: System) -> None:
    assert isinstance(system, OverHttp)
    system.loops = True

    with pytest.raises(ControlError, match="twice"):
        list(system.provider().held())


@each
def test_its_representation_shows_no_secret(system: System) -> None:
    assert TOKEN not in repr(system.provider())


@each
def test_its_page_says_what_it_may_do_and_every_option(name: str) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    options = {*sources.options(providers.find(name)), "system"}
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert headings[0] == "Permissions"
    assert {"What is done", "Undo", "Traps", "Tested against"} <= set(headings)
    assert [it for it in sorted(options) if f"\n| `{it}` |" not in page] == []


@pytest.mark.parametrize("name", HTTP)
def test_any_order_of_changes_is_that_of_a_set(system: System) -> None:
    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            system.reset()
            self.expected = set(system.state())

        @rule(right=st.sampled_from(system.rights))
        def grant(self, right: Right) -> None:
            system.provider().grant(right, None)
            self.expected.add(right)

        @rule(right=st.sampled_from(system.rights))
        def revoke(self, right: Right) -> None:
            system.provider().revoke(right)
            self.expected.discard(right)

        @invariant()
        def what_is_held_is_what_was_granted(self) -> None:
            assert held(system.provider()) == self.expected == system.state()

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _parts(right: Right) -> dict[str, str]:
    return {
        "system": right.system,
        "account": right.account,
        "resource_name": right.resource_name,
        "permission": right.permission,
    }


@each
def test_the_example_on_its_page_is_a_target_of_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    example = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0]
    for variable in re.findall(r"\$\{(\w+)\}", example):
        monkeypatch.setenv(variable, TOKEN)
    workspace = Workspace(tmp_path)
    workspace.config.write_text(f"organisation: Acme\n{example}", encoding="utf-8")

    (target,) = targets.load(workspace)

    assert target.type == name
    assert isinstance(target.provider(), providers.find(name))
    assert TOKEN not in repr(target.provider())
