"""Each major incident is audited once when it is over, and once more for late logs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_audit.connectors.base import Window
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.evidence import register
from oncall_audit.pipeline import incidents, watching
from oncall_audit.pipeline.windows import incident_window
from oncall_audit.policy.incidents import Incidents
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace whose incidents were looked at for the first time a day ago."""
    made = Workspace(tmp_path)
    made.config.write_text(
        "organisation: Example\nsources:\n  desk: {type: generic, kind: incidents, path: desk}\n"
    )
    made.policy.write_text(
        "services: {payments: {}, web: {}}\nincidents: {major_services: [web]}\n"
    )
    (tmp_path / "desk").mkdir()
    tell(made)
    assert watching.look(made, NOW - 24 * HOUR) == []
    return made


def tell(workspace: Workspace, *records: dict[str, Any], day: str = "2026-03-09") -> None:
    path = workspace.root / "desk" / f"incidents-{day}.json"
    path.write_text(json.dumps(list(records)))


def incident(name: str, ended: datetime | None, **said: str) -> dict[str, Any]:
    start = (ended or NOW) - HOUR
    record = {"incident_id": name, "service": "payments", "severity": "SEV1", **said}
    ends = {"ended_at": ended.isoformat()} if ended else {}
    return {**record, "started_at": start.isoformat(), **ends}


def ran(workspace: Workspace, name: str, at: datetime, *, published: bool = True) -> None:
    register.append(
        workspace.register,
        {
            "kind": "run", "run_id": f"run-{at:%d%H}", "incident": name,
            "started_at": at.isoformat(), "published": published,
        },
    )  # fmt: skip


def started(workspace: Workspace, now: datetime) -> list[tuple[str, str, int]]:
    """Look, and start what is due."""
    due = watching.look(workspace, now)
    for it in due:
        watching.note(workspace, it, now)
    return [(it.incident_id, it.why, it.attempt) for it in due]


def test_an_incident_is_audited_when_it_is_resolved_and_a_day_later(workspace: Workspace) -> None:
    tell(workspace, incident("INC-1", NOW))
    found = []

    for now in (NOW - HOUR, NOW, NOW + HOUR, NOW + 24 * HOUR, NOW + 25 * HOUR):
        found.append(started(workspace, now))
        ran(workspace, "INC-1", now)

    assert found == [
        [], [("INC-1", "resolved", 1)], [], [("INC-1", "late_logs", 1)], [],
    ]  # fmt: skip


def test_what_is_open_minor_or_older_than_the_first_look_is_left_alone(
    workspace: Workspace,
) -> None:
    tell(
        workspace,
        incident("open", None),
        incident("minor", NOW, severity="low"),
        incident("minor_for_its_service", NOW, severity="low", service="web"),
        incident("before", NOW - 25 * HOUR),
    )

    assert started(workspace, NOW) == [("minor_for_its_service", "resolved", 1)]


def test_one_that_ended_while_nobody_looked_is_audited_once_for_both(
    workspace: Workspace,
) -> None:
    tell(workspace, incident("INC-1", NOW))

    assert started(workspace, NOW + 26 * HOUR) == [("INC-1", "late_logs", 1)]
    ran(workspace, "INC-1", NOW + 26 * HOUR)
    assert started(workspace, NOW + 27 * HOUR) == []


def test_one_that_was_audited_by_other_means_is_left_out(workspace: Workspace) -> None:
    tell(workspace, incident("INC-1", NOW))
    ran(workspace, "INC-1", NOW)

    assert started(workspace, NOW + HOUR) == []
    assert started(workspace, NOW + 24 * HOUR) == [("INC-1", "late_logs", 1)]


def test_an_audit_that_failed_or_was_lost_is_started_again_three_times_in_all(
    workspace: Workspace,
) -> None:
    tell(workspace, incident("INC-1", NOW))
    found = [started(workspace, NOW)]
    ran(workspace, "INC-1", NOW, published=False)
    found += [started(workspace, NOW + hours * HOUR) for hours in (1, 2, 8, 9, 20)]

    assert found == [
        [("INC-1", "resolved", 1)], [("INC-1", "resolved", 2)], [],
        [("INC-1", "resolved", 3)], [], [],
    ]  # fmt: skip


def test_one_that_was_opened_again_is_audited_again(workspace: Workspace) -> None:
    tell(workspace, incident("INC-1", NOW))
    first = started(workspace, NOW)
    ran(workspace, "INC-1", NOW)
    tell(workspace, incident("INC-1", NOW + 2 * HOUR), day="2026-03-10")

    assert first == started(workspace, NOW + 2 * HOUR) == [("INC-1", "resolved", 1)]


def test_a_source_that_cannot_be_read_is_not_taken_for_one_without_incidents(
    workspace: Workspace,
) -> None:
    tell(workspace, incident("INC-1", NOW))
    (workspace.root / "desk" / "incidents-2026-03-10.json").write_text("[{")

    with pytest.raises(SourceError, match=r"incidents-2026-03-10\.json cannot be read"):
        watching.look(workspace, NOW)


def test_an_incident_is_seen_as_its_latest_export_has_it(workspace: Workspace) -> None:
    tell(workspace, incident("INC-1", None, severity="SEV2"))
    tell(workspace, incident("INC-1", NOW), day="2026-03-11")

    seen = incidents.read(workspace, load(workspace), Window(NOW - HOUR, NOW))

    assert seen == {
        "INC-1": incidents.Seen(
            "INC-1", "SEV1", ("payments",), NOW - HOUR, NOW, datetime(2026, 3, 11, tzinfo=UTC)
        )
    }  # fmt: skip


def test_the_window_of_an_incident_that_nobody_published_yet_is_its_sources(
    workspace: Workspace,
) -> None:
    tell(workspace, incident("INC-1", NOW))

    window = incident_window(workspace.root, "INC-1", None, None)

    assert window == Window(NOW - 2 * HOUR, NOW + HOUR)
    with pytest.raises(ConfigurationError, match="INC-2 is neither in the published audit"):
        incident_window(workspace.root, "INC-2", None, None)


@given(
    looks=st.lists(st.integers(0, 80), min_size=1, max_size=8),
    crashes=st.sets(st.integers(0, 7)),
)
def test_however_often_one_looks_and_is_killed_each_audit_is_one(
    tmp_path_factory: pytest.TempPathFactory, looks: list[int], crashes: set[int]
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("watched"))
    workspace.config.write_text(
        "organisation: Example\nsources: {desk: {type: generic, kind: incidents, path: desk}}\n"
    )
    workspace.policy.write_text("")
    (workspace.root / "desk").mkdir()
    tell(workspace, incident("INC-1", NOW))
    watching.look(workspace, NOW - HOUR)
    server: set[str] = set()

    for place, hours in enumerate(sorted(looks)):
        now = NOW + hours * HOUR
        for it in watching.look(workspace, now):
            is_new = it.key not in server
            server.add(it.key)
            if is_new:
                ran(workspace, it.incident_id, now)
            # Killed after it asked the server, before it could note that.
            if place not in crashes:
                watching.note(workspace, it, now)

    expected = (min(looks) < 24) + (max(looks) >= 24)
    assert len(server) == expected


@pytest.mark.parametrize(
    ("severity", "services", "is_major"),
    [
        ("P1", ("payments",), True),
        ("Critical", (), True),
        ("high", ("payments",), False),
        (None, ("payments", "PAY"), False),
        ("low", ("x", "WEB"), True),
    ],
)
def test_what_is_major_is_said_by_severity_or_service(
    severity: str | None, services: tuple[str, ...], is_major: bool
) -> None:
    assert Incidents(major_services=("web",)).is_major(severity, *services) is is_major
