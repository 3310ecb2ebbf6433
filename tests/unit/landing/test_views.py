"""What the warehouse sees."""

from __future__ import annotations

from datetime import date

import duckdb

from oncall_audit import landing
from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail
from oncall_audit.connectors.sshd import Sshd

from .conftest import Zone, cloud_event, records, sshd_line


def test_every_table_of_every_connector_has_a_typed_view(zone: Zone) -> None:
    connection = duckdb.connect()
    with zone.manifest() as manifest:
        landing.views(connection, manifest)

    for connector, tables in landing.all_tables().items():
        for table in tables:
            found = connection.execute(f"describe landing.{connector}__{table.name}").fetchall()
            assert {row[0]: row[1] for row in found} == landing.columns(table)


def test_a_nightly_build_sees_only_the_opened_days(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1) + sshd_line(2).replace("05-02", "05-01"))
    zone.land(Sshd(zone.inbox))

    view = "sshd__messages"
    assert len(zone.rows(view)) == 2
    assert zone.rows(view, "occurred_at::date", {date(2024, 5, 1)}) == [(date(2024, 5, 1),)]
    assert zone.rows(view, "*", set()) == []


def test_sources_of_one_type_are_one_table(zone: Zone) -> None:
    zone.put("a/auth.log", sshd_line(1))
    zone.put("b/auth.log", sshd_line(1))
    zone.land(Sshd(zone.inbox / "a"), name="bastion")
    zone.land(Sshd(zone.inbox / "b"), name="hosts", system="other")

    assert zone.rows("sshd__messages", "source_name, system") == [
        ("bastion", "linux"),
        ("hosts", "other"),
    ]


def test_older_files_may_lack_columns(zone: Zone) -> None:
    zone.put("auth.log", sshd_line(1))
    zone.land(Sshd(zone.inbox))
    (path,) = zone.files()
    connection = duckdb.connect()
    connection.execute(f"create table old as select * exclude (pid) from '{path}'")
    connection.execute(f"copy old to '{path}'")

    assert zone.rows("sshd__messages", "pid, program") == [(None, "sshd")]


def test_totals_are_as_the_warehouse_wants_them(zone: Zone) -> None:
    path = zone.put("events.json", records(cloud_event(1)))
    zone.land(AwsCloudTrail(zone.inbox), name="cloud")

    with zone.manifest() as manifest:
        ((batch, source, table, name, sha256, size, *counts, received_at),) = manifest.batches()
        ((_, since, until, state, message, read_at),) = manifest.extractions()
        days = manifest.days()
    assert (batch, source, table, name) == ("b00000001", "cloud", "events", str(path))
    assert (len(sha256), size, counts) == (64, path.stat().st_size, [1, 1, 0, 0, 0])
    assert (str(since), str(until)) == ("2024-05-01 12:00:00", "2024-05-03 12:00:00")
    assert (state, message) == ("complete", None)
    assert received_at == read_at
    assert days == {date(2024, 5, 2)}
