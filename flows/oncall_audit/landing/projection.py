"""The one SQL statement through which every record of a log goes, read quickly or carefully."""

from __future__ import annotations

from collections.abc import Mapping

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing.sql import literal, name

KEYS = ("source_name", "system", "event_key", "occurred_at", "batch_id", "raw_file", "raw_line")
_FIRST, _LAST = "timestamp '1970-01-01'", "timestamp '9999-12-31'"


def projection(
    table: LogTable,
    options: Mapping[str, str | None],
    constants: Mapping[str, str],
    *,
    is_quick: bool = False,
) -> str:
    """Return the query from `raw` and `files` to landed columns, `rejected_because` and `day`.

    `day` is a date, or `ignored` or `rejected`: rows of those are counted and do not land. Quickly
    read, what may nest too deep is rejected as well; the careful way then looks closer.
    """
    steps = [_placed(table, options)]
    for number, (column, expression) in enumerate(table.derived.items()):
        steps.append(f"select *, {expression} as {name(column)} from step_{number}")
    steps.append(_judged(table, len(steps) - 1, _deep(table) if is_quick else "null"))
    ctes = ",\n".join(f"step_{n} as ({step})" for n, step in enumerate(steps))
    return f"with {ctes}\n{_columns(table, constants, len(steps) - 1)}"


def _placed(table: LogTable, options: Mapping[str, str | None]) -> str:
    said = "".join(
        f", {literal(value) if value is not None else 'null::varchar'} as {name(option)}"
        for option in table.options
        for value in (options.get(option),)
    )
    return (
        "select raw.*, files.raw_file as landing_file, files.delivered_at"
        f"{said} from raw join files using (position)"
    )


def _judged(table: LogTable, number: int, doubt: str) -> str:
    return (
        f"select *, case when landing_time between {_FIRST} and {_LAST}"
        " then landing_time end as landing_at,"
        f" ({table.identity or 'null'})::varchar as landing_identity,"
        f" coalesce({table.ignored}, false) as landing_ignored,"
        f" coalesce(({table.rejected})::varchar, {doubt}) as landing_rejected"
        f" from (select *, ({table.occurred_at}) as landing_time from step_{number})"
    )


def _deep(table: LogTable) -> str:
    """Return a reason where a field ends in more brackets than anything honest does, else NULL."""
    if table.framing != "json":
        return "null"
    fields = [name(field) for field, kind in table.fields.items() if kind == "JSON"]
    deep = " or ".join(
        f"(strlen({field}) > 2048 and regexp_matches({field}::varchar, '[\\]}}]{{60}}'))"
        for field in fields
    )
    return f"case when {deep} then 'nested too deep' end" if deep else "null"


def record_text(table: LogTable) -> str:
    """Return the SQL for the text of a record, of its line or of the fields that are read."""
    if table.framing == "lines":
        return "line"
    fields = ", ".join(f"{name(field)} := {name(field)}" for field in table.fields)
    return f"to_json(struct_pack({fields}))::varchar"


def _columns(table: LogTable, constants: Mapping[str, str], number: int) -> str:
    # The time is part of it because year-less lines come back every year with the same text.
    key = (
        "md5(case when landing_identity is not null then landing_identity"
        f" else concat({record_text(table)}, '|', epoch_us(landing_at)) end)"
    )
    timeless = "case when landing_at is null then 'no time that can be read' end"
    reason = f"coalesce(landing_rejected, {timeless})"
    kinds = {column: table.types.get(column, "VARCHAR") for column in table.columns}
    said = "".join(
        f", {'cast' if kind == 'VARCHAR' else 'try_cast'}({table.columns[column]} as {kind})"
        f" as {name(column)}"
        for column, kind in kinds.items()
    )
    return (
        f"select {literal(constants['source_name'])} as source_name,"
        f" {literal(constants['system'])} as system, {key} as event_key,"
        f" landing_at as occurred_at, {literal(constants['batch_id'])} as batch_id,"
        " landing_file as raw_file, raw_line::bigint as raw_line,"
        f" position::integer as position{said},"
        f" case when not landing_ignored then {reason} end as rejected_because,"
        " case when landing_ignored then 'ignored'"
        f" when {reason} is not null then 'rejected'"
        " else strftime(landing_at, '%Y-%m-%d') end as day"
        f" from step_{number}"
    )
