"""Okta by its API, against a local server that behaves like it, and its log as files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import okta as vendor
from servers.okta import NOW, OktaServer, event, stamp

from oncall_audit import connectors, landing
from oncall_audit.connectors.base import Page, SnapshotTable, Window
from oncall_audit.connectors.okta import Okta
from oncall_audit.errors import ConfigurationError, SourceError

Rows = Callable[..., list[tuple[Any, ...]]]
NIGHT = Window(NOW - timedelta(days=1), NOW)
INCIDENT = Window(NOW - timedelta(hours=21), NOW - timedelta(hours=12))
EXAMPLE = Path(__file__).parent / "fixtures" / "okta" / "events.jsonl"


@pytest.fixture
def okta(httpserver: HTTPServer, waits: list[float]) -> OktaServer:
    """An organisation with three users, two groups and a log without events."""
    return vendor.serve(httpserver)


def read(okta: OktaServer, window: Window = NIGHT, **options: Any) -> list[Page]:
    """Read the organisation whole."""
    return [it for it in okta.connector(**options).read(window) if isinstance(it, Page)]


def rows(okta: OktaServer, kind: Any, table: str, **options: Any) -> list[dict[str, Any]]:
    """Decode the pages of one table as the landing zone does."""
    connector = okta.connector(kind=kind, **options)
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in connector.read(NIGHT)
        if isinstance(page, Page) and page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def asked(okta: OktaServer) -> list[dict[str, str]]:
    """Return the parameters of each request."""
    return [
        {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        for url in okta.asked
    ]


def test_a_night_asks_without_an_end_until_there_is_no_more(okta: OktaServer) -> None:
    okta.fill(2)

    pages = read(okta)

    assert [len(orjson.loads(page.body)) for page in pages] == [100, 100, 0]
    first = asked(okta)[0]
    assert first == {
        "since": stamp(NIGHT.since - timedelta(hours=1)),
        "sortOrder": "ASCENDING",
        "limit": "1000",
    }


def test_what_okta_stored_late_comes_with_the_night_in_which_it_did(okta: OktaServer) -> None:
    published = stamp(NOW - timedelta(days=2))
    okta.events = [
        event(1, uuid="late", published=published, stored=stamp(NOW - timedelta(hours=3)))
    ]

    assert okta.found(read(okta)) == ["late"]
    okta.asked.clear()
    window = Window(NOW - timedelta(days=3), NOW - timedelta(days=2, hours=-1))
    assert okta.found(read(okta, window)) == ["late"]


def test_an_incident_asks_for_its_window_alone(okta: OktaServer) -> None:
    okta.events = [event(-7200), event(0), event(3600 * 8)]

    pages = read(okta, INCIDENT)

    assert okta.found(pages) == ["e-000000"]
    assert asked(okta)[0]["until"] == stamp(INCIDENT.until)


def test_a_window_older_than_the_log_is_an_error_and_no_shorter_answer(okta: OktaServer) -> None:
    window = Window(NOW - timedelta(days=91), NOW - timedelta(days=80))

    with pytest.raises(SourceError, match="keeps its log for 90 days"):
        read(okta, window)

    assert okta.asked == []


def test_a_next_page_elsewhere_is_not_asked_for(okta: OktaServer) -> None:
    link = {"Link": '<https://elsewhere.example.com/api/v1/logs?after=1>; rel="next"'}
    okta.trouble = lambda _number, _request: vendor.answer([{"uuid": "a"}], **link)

    with pytest.raises(SourceError, match="sends to another address"):
        read(okta)

    assert len(okta.asked) == 1


def test_pages_land_as_events_and_come_again_without_harm(okta: OktaServer, tmp_path: Path) -> None:
    okta.fill(2)
    for minutes, expected in enumerate(((200, 0), (0, 200))):
        landed = landing.land(
            okta.connector(), source_name="okta", system="okta", window=NIGHT, folder=tmp_path,
            now=NOW + timedelta(minutes=minutes),
        )  # fmt: skip
        assert (landed.landed, landed.duplicates) == expected
        assert landed.state == "complete"
    with landing.Manifest(tmp_path / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        landing.views(connection, manifest, {"okta": connectors.tables("okta")})
        query = "select count(distinct event_key), min(raw_line), max(raw_line) from {}"
        found = connection.execute(query.format("landing.okta__events")).fetchone()
    assert found == (200, 1, 100)


def test_pages_before_a_failure_land_and_the_rest_is_told_as_missing(
    okta: OktaServer, tmp_path: Path
) -> None:
    okta.fill(3)
    okta.trouble = lambda number, _: vendor.problem(403, "E0000006") if number == 3 else None

    landed = landing.land(
        okta.connector(), source_name="okta", system="okta", window=NIGHT, folder=tmp_path,
        now=datetime.now(UTC),
    )  # fmt: skip

    assert (landed.state, landed.landed) == ("incomplete", 200)
    assert "403" in str(landed.message)


def test_an_event_lands_with_its_fields(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, event_type, actor_login, result, reason, session_id, app_name,"
        " user_login, privilege, source_ip"
    )

    landed = log_rows(Okta_of_files, {"log.jsonl": EXAMPLE.read_bytes()}, "okta__events", columns)

    who = "ada@example.com"
    assert [row[1:] for row in landed] == [
        ("user.session.start", who, "FAILURE", "INVALID_CREDENTIALS", None, None, None, None, "192.0.2.7"),
        ("user.session.start", who, "SUCCESS", None, "102example", None, None, None, "192.0.2.7"),
        ("user.authentication.sso", who, "SUCCESS", None, "102example", "AWS production", None, None, "192.0.2.7"),
        ("user.account.privilege.grant", who, "SUCCESS", None, "102example", None, "ben@example.com", "Super administrator", "192.0.2.7"),
        ("user.session.end", who, "SUCCESS", None, "102example", None, None, None, "192.0.2.7"),
    ]  # fmt: skip
    assert landed[0][0] == "2024-01-09 21:00:50.239"


def Okta_of_files(path: Path) -> Okta:  # noqa: N802 - stands for the class
    return Okta(path=path)


def test_what_is_no_event_is_kept_apart(log_rows: Rows) -> None:
    copied = (
        b'{"uuid": "a", "published": "2024-01-09T21:00:50Z", "eventtype": "user.session.start"}\n'
    )

    (refused,) = log_rows(Okta_of_files, {"log.jsonl": copied}, "okta__events", "uuid")

    assert refused == ("log.jsonl", 1, "no eventType in it")


def test_people_are_those_who_are_and_those_who_were(okta: OktaServer) -> None:
    found = rows(okta, "directory", "users", accounts={"linux": "unixName"})

    ada, ben, cleo = found
    assert ada == {
        "user_id": "00uada",
        "engineer_id": "ada@example.com",
        "login": "ada@example.com",
        "name": "Ada Abel",
        "email": "ada@example.com",
        "team": "Payments",
        "role": None,
        "time_zone": "Europe/Berlin",
        "status": "ACTIVE",
        "is_enabled": True,
        "accounts": [
            {"system": "okta", "account": "ada@example.com", "kind": "human", "is_enabled": True},
            {"system": "linux", "account": "ada", "kind": "human"},
        ],
        "started_at": datetime(2025, 1, 2, 9, tzinfo=UTC),
        "ended_at": None,
        "last_login_at": None,
    }
    assert (ben["is_enabled"], ben["ended_at"]) == (False, None)
    assert cleo["ended_at"] == datetime(2026, 2, 27, 17, tzinfo=UTC)


@pytest.mark.parametrize(("key", "expected"), [("id", "00uada"), ("unixName", "ada")])
def test_the_directorys_key_is_what_the_source_says(
    okta: OktaServer, key: str, expected: str
) -> None:
    assert rows(okta, "directory", "users", engineer_id=key)[0]["engineer_id"] == expected


def test_a_user_without_that_key_is_refused_and_not_invented(okta: OktaServer) -> None:
    okta.users[0]["profile"]["unixName"] = None

    found = rows(okta, "directory", "users", engineer_id="unixName")

    assert found[0] == {"_rejected": "it has no `unixName`"}
    assert len(found) == 3


def test_rights_are_groups_and_roles(okta: OktaServer) -> None:
    group = {"group_id": "oncall", "group_name": "Oncall"}

    assert rows(okta, "permissions", "memberships") == [
        {**group, "user_id": "00uada", "login": "ada@example.com", "is_enabled": True},
        {**group, "user_id": "00uben", "login": "ben@example.com", "is_enabled": False},
    ]
    assert [
        (row["login"], row["role"], row["assignment_type"], row["is_enabled"])
        for row in rows(okta, "permissions", "roles")
    ] == [
        ("ada@example.com", "SUPER_ADMIN", "USER", True),
        ("ada@example.com", "Helpdesk", "GROUP", True),
        ("ben@example.com", "APP_ADMIN", "USER", False),
    ]


@pytest.mark.parametrize("kind", ["directory", "permissions"])
def test_all_pages_of_a_reading_are_one_snapshot(okta: OktaServer, kind: str) -> None:
    okta.largest_page = 1

    assert len({page.observed_at for page in read(okta, kind=kind)}) == 1


@pytest.mark.parametrize(("kind", "part"), [
    ("directory", "/api/v1/users"), ("permissions", "/api/v1/groups/oncall/users"),
    ("permissions", "/api/v1/users/00uben/roles"), ("permissions", "/api/v1/iam/assignees/users"),
])  # fmt: skip
@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_failing_part_fails_the_whole(
    okta: OktaServer, kind: str, part: str, status: int
) -> None:
    okta.trouble = lambda _, request: (
        vendor.problem(status, "E0000006") if request.path == part else None
    )

    with pytest.raises(SourceError, match=rf"{part} .*\({status}\)"):
        read(okta, kind=kind)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs `url` and `token`"),
        ({"url": "https://example.okta.com"}, "needs `url` and `token`"),
        ({"token": "x"}, "needs `url` and `token`"),
        ({"url": "https://example.okta.com", "token": "x", "path": "x"}, "give either"),
        ({"path": "x", "kind": "directory"}, "needs `url` and `token`"),
        ({"path": "x", "kind": "schedules"}, "Okta has no `kind: schedules`"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Okta(**options)
