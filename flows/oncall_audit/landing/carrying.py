"""Takes along what has landed and cannot be read again, row for row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import duckdb

from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import Place
from oncall_audit.landing.records import Batch, Commit, Part, Quarantined, Seen
from oncall_audit.landing.sql import literal, texts


def carry(
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    made: Manifest,
    aside: Place,
    batches: Iterable[Batch],
) -> None:
    """Copy the rows, totals and quarantine of `batches` from one manifest to another."""

    def unit(batch: Batch) -> tuple[str, str]:
        return batch.batch_id, batch.table_name

    for (batch_id, table), group in groupby(sorted(batches, key=unit), unit):
        kept = list(group)
        names = [batch.path for batch in kept]
        commit = Commit(int(batch_id[1:]), aside.source_name, batches=kept)
        commit.parts = list(_parts(connection, manifest, aside, (batch_id, table), names))
        where = "batch_id = ? and table_name = ?"
        found = manifest.rows(f"select * from quarantined where {where}", (batch_id, table))
        commit.quarantined = [it for it in (Quarantined(*row) for row in found) if it.path in names]
        seen = manifest.seen(aside.source_name, table)
        commit.seen = [seen[batch.path] for batch in kept if _is_last(seen, batch)]
        made.commit(commit)


def _is_last(seen: dict[str, Seen], batch: Batch) -> bool:
    return batch.path in seen and seen[batch.path].sha256 == batch.sha256


def _parts(
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    aside: Place,
    unit: tuple[str, str],
    names: list[str],
) -> Iterator[Part]:
    query = "select connector, path from parts where batch_id = ? and table_name = ? order by path"
    for connector, old in manifest.rows(query, unit):
        (part,) = [it for it in manifest.parts(connector, unit[1]) if it.path == old]
        # A name of its own: until all is done the old file stays where it is.
        path = old.removesuffix(".parquet") + "-kept.parquet"
        target = aside.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = manifest.path.parent / old
        copied = connection.execute(
            f"copy (select * from read_parquet({literal(str(source))}, hive_partitioning = false)"
            f" where raw_file in {texts(names)}) to {literal(str(target))}"
            " (format parquet, compression zstd, compression_level 1)"
        ).fetchone()
        records = int(copied[0]) if copied else 0
        if records:
            yield Part(
                path, part.batch_id, part.source_name, connector, unit[1],
                part.day, records, part.first_at, part.last_at,
            )  # fmt: skip
