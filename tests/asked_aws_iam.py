"""AWS asked by the connector, and what lands of its answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson
from servers.aws_iam import Iam, form
from werkzeug import Request, Response

from oncall_audit import connectors, landing
from oncall_audit.connectors.aws_iam import AwsIam
from oncall_audit.connectors.aws_iam_tables import decode_policies, decode_principals
from oncall_audit.connectors.base import Page, Window

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
DETAILS = "GetAccountAuthorizationDetails"
Trouble = Callable[[int, Request], Response | None]


def read(**options: Any) -> list[Page]:
    """Read the accounts."""
    found = AwsIam(**{"region": "eu-central-1", **options}).read(WINDOW)
    return [page for page in found if isinstance(page, Page)]


def rows(pages: list[Page]) -> dict[str, list[dict[str, Any]]]:
    """Decode the pages as the landing zone does."""
    decoders = {"principals": decode_principals, "policies": decode_policies}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in decoders}
    for page in pages:
        decoded = decoders[page.table](orjson.loads(page.body), page.context)
        found[page.table] += [dict(row) for row in decoded]
    return found


def land(folder: Path, **options: Any) -> landing.Landed:
    return landing.land(
        AwsIam(region="eu-central-1", **options),
        source_name="s",
        system="aws",
        window=WINDOW,
        folder=folder,
        now=WINDOW.until,
    )


def landed_of(folder: Path) -> list[tuple[Any, ...]]:
    """Return name and last use of each principal that landed."""
    with landing.Manifest(folder / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        landing.views(connection, manifest, {"aws_iam": connectors.tables("aws_iam")})
        query = "select name, last_used_at from landing.aws_iam__principals order by all"
        return connection.execute(query).fetchall()


def on(action: str, response: Callable[[int], Response | None]) -> Trouble:
    """Answer in the place of AWS whenever that is asked, with the number of times it was."""
    seen: list[str] = []

    def trouble(_: int, request: Request) -> Response | None:
        if form(request)["Action"] != action:
            return None
        seen.append(action)
        return response(len(seen))

    return trouble


def people(iam: Iam, number: int) -> list[str]:
    """Make so many users; return their names."""
    names = [f"user-{n:03}" for n in range(number)]
    for name in names:
        iam.client.create_user(UserName=name)
    return names
