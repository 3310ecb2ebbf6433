"""GitHub's audit log by its API, against a local server that behaves like it, and as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_httpserver import HTTPServer
from servers import github as vendor
from servers.github import NOW, GitHubServer, event

from oncall_audit import landing
from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.github import GitHub
from oncall_audit.errors import ConfigurationError, SourceError

Rows = Callable[..., list[tuple[Any, ...]]]
NIGHT = Window(NOW - timedelta(days=1), NOW)
EXAMPLE = Path(__file__).parent / "fixtures" / "github" / "audit.jsonl"
T = "github__events"


@pytest.fixture
def github(httpserver: HTTPServer, waits: list[float]) -> GitHubServer:
    """An organisation whose log has no event."""
    return vendor.serve(httpserver)


def read(github: GitHubServer, window: Window = NIGHT, **options: Any) -> list[Page]:
    """Read the log whole."""
    return [it for it in github.connector(**options).read(window) if isinstance(it, Page)]


def of_files(path: Path) -> GitHub:
    return GitHub(path=path)


def test_asks_for_the_window_and_an_hour_before_oldest_first(github: GitHubServer) -> None:
    window = Window(datetime.now(UTC) - timedelta(days=2), datetime.now(UTC) - timedelta(days=1))

    read(github, window, include="all")

    (asked,) = [parse_qs(urlsplit(url).query) for url in github.asked]
    since, until = window.since - timedelta(hours=1), window.until + timedelta(seconds=1)
    assert asked == {
        "phrase": [f"created:{since:%Y-%m-%dT%H:%M:%SZ}..{until:%Y-%m-%dT%H:%M:%SZ}"],
        "include": ["all"],
        "order": ["asc"],
        "per_page": ["100"],
    }


def test_an_enterprises_log_is_asked_for_elsewhere(github: GitHubServer) -> None:
    read(github, enterprise="example")

    assert github.asked[0].startswith("/enterprises/example/audit-log?")


def test_of_the_whole_log_only_the_window_is_read(github: GitHubServer) -> None:
    github.events = [event(-3600 * 9), event(0), event(10)]

    assert github.found(read(github)) == ["d-000000", "d-000010"]


@pytest.mark.parametrize(("include", "days"), [("web", 181), ("git", 8), ("all", 8)])
def test_a_window_older_than_the_log_is_an_error_and_no_shorter_answer(
    github: GitHubServer, include: str, days: int
) -> None:
    window = Window(NOW - timedelta(days=days), NOW)

    with pytest.raises(SourceError, match=f"keeps what `include: {include}` asks for since"):
        read(github, window, include=include)

    assert github.asked == []


def test_pages_land_as_events(github: GitHubServer, tmp_path: Path) -> None:
    github.fill(2)

    landed = landing.land(
        github.connector(), source_name="github", system="github", window=NIGHT, folder=tmp_path,
        now=datetime.now(UTC),
    )  # fmt: skip

    assert (landed.landed, landed.quarantined, landed.state) == (200, 0, "complete")


def test_an_event_lands_with_its_fields(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, document_id, action, actor, saml_name, user_login, org, repo, team,"
        " object_name, visibility, source_ip, country"
    )

    landed = log_rows(of_files, {"audit.jsonl": EXAMPLE.read_bytes()}, T, columns)

    rest = ("192.0.2.7", "DE")
    assert landed == [
        ("2024-01-09 21:00:50.239", "doc-0", "org.sso_response", "ada", "ada@example.com", None, "example", None, None, None, None, *rest),
        ("2024-01-09 21:01:50.239", "doc-1", "repo.access", "ada", None, None, "example", "example/payments", None, None, "public", *rest),
        ("2024-01-09 21:02:50.239", "doc-2", "team.add_member", "ada", None, "ben", "example", None, "example/oncall", None, None, *rest),
        ("2024-01-09 21:03:50.239", "doc-3", "protected_branch.destroy", "ada", None, None, "example", "example/payments", None, "main", None, *rest),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ({"created_at": 1704834050239}, "2024-01-09 21:00:50.239"),
        ({"created_at": "1704834050239"}, "2024-01-09 21:00:50.239"),
        ({"created_at": 1704834050239.9}, "2024-01-09 21:00:50.2399"),
        ({"created_at": "2024-01-09 21:00:50.239"}, "2024-01-09 21:00:50.239"),
        ({"@timestamp": 1704834050239, "created_at": 1}, "2024-01-09 21:00:50.239"),
    ],
)
def test_times_are_read_in_every_form(log_rows: Rows, time: dict[str, Any], expected: str) -> None:
    record = {"action": "repo.access", "actor": "ada", **time}

    found = log_rows(of_files, {"a.jsonl": json.dumps(record)}, T, "occurred_at::varchar")

    assert found == [(expected,)]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"action": "opened", "created_at": 1704834050239}, "neither actor nor organisation in it"),
        ({"actor": "ada", "created_at": 1704834050239}, "no action in it"),
        ({"actor": "ada", "action": "repo.access"}, "no time that can be read"),
    ],
)
def test_what_is_no_event_of_the_log_is_kept_apart(
    log_rows: Rows, record: dict[str, Any], reason: str
) -> None:
    found = log_rows(of_files, {"a.jsonl": json.dumps(record)}, T, "action")

    assert found == [("a.jsonl", 1, reason)]


def test_programs_are_told_from_people(log_rows: Rows) -> None:
    head = {"action": "x.y", "created_at": 1704834050239}
    records = [{**head, "actor": "ada"}, {**head, "actor": "dependabot[bot]"}]
    text = "\n".join(map(json.dumps, records))

    assert log_rows(of_files, {"a.jsonl": text}, T, "actor, actor_is_bot") == [
        ("ada", None),
        ("dependabot[bot]", True),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"token": "x"},
        {"organisation": "example"},
        {"token": "x", "organisation": "example", "enterprise": "example"},
        {"token": "x", "organisation": "example", "path": "x"},
        {"path": "x", "organisation": "example"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigurationError, match="either `organisation` or `enterprise`, or `path`"
    ):
        GitHub(**options)


def test_an_unknown_part_of_the_log_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="`include` knows no `api`"):
        GitHub(path="x", include="api")  # type: ignore[arg-type]
