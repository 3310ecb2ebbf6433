"""How the three formats of PostgreSQL's log become one table; `postgresql` chooses among them."""

from __future__ import annotations

from oncall_audit.connectors.base import LogTable
from oncall_audit.connectors.expressions import joined, local, moment

# Hours ahead of UTC. Names that mean several zones, such as IST, are left to `time_zone`.
_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "JST": 9, "KST": 9, "AEST": 10,
    "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_SEVERITIES = (
    "DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC"
    "|DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|BACKTRACE"
)
_TIME = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?"
# A name in a prefix could imitate a severity and what follows it, so every part has a narrow shape.
_PARTS = (
    r"(?:[ :]+(?:\[\d+(?:-\d+)?\]|[^\s@:]*@[^\s@:]*|[0-9A-Fa-f.:\[\]local]+\(\d+\)"
    r"|(?:user|db|app|client|host)=[^\s,:]*,?(?:(?:user|db|app|client|host)=[^\s,:]*,?)*))*"
)
_LINE = (
    rf"^(?:([0-9A-Fa-f.:]+|\[local\]) +)?({_TIME})(?: ?([A-Za-z]+|[+-]\d[\d:]*))?({_PARTS})"
    rf"[ :]+({_SEVERITIES}): +(?:([0-9A-Z]{{5}}): )?((?s:.*))$"
)


def in_utc(clock: str, zone: str) -> str:
    """Return a time that PostgreSQL wrote with the abbreviation of a zone."""
    known = " ".join(f"when '{name}' then {hours}" for name, hours in _HOURS.items() if hours)
    none = ", ".join(f"'{name}'" for name, hours in _HOURS.items() if not hours)
    named = ", ".join(f"'{name}'" for name in _HOURS)
    naive = f"try_cast({clock} as timestamp)"
    return (
        f"case when {zone} in ({none}) then {naive}"
        f" when {zone} in ({named}) then {naive} - to_hours(case {zone} {known} else 0 end)"
        f" when regexp_matches({zone}, '^[+-][0-9]')"
        f" then {moment(f'concat({clock}, {zone})')}"
        f" else {local(naive)} end"
    )


def _split(field: str) -> str:
    pattern = rf"^({_TIME})(?: ?([A-Za-z]+|[+-]\d[\d:]*))?$"
    return f"regexp_extract({field}, '{pattern}', ['clock', 'zone'])"


def _named(text: str) -> str:
    return f"nullif(nullif({text}, '[unknown]'), '')"


_TYPES = {"process_id": "BIGINT", "session_started_at": "TIMESTAMP"}
_STRUCTURED = {"written": _split("log_time"), "begun": _split("session_start")}
_OCCURRED_AT = in_utc("written.clock", "written.zone")
_SESSION_STARTED_AT = in_utc("begun.clock", "begun.zone")
_IDENTITY = (
    "case when session_id is not null and line_number is not null then "
    + joined("session_id", "line_number", "log_time", "severity", "message")
    + " end"
)
_COLUMNS = {
    "user_name": _named("user_name"),
    "database_name": _named("database_name"),
    "process_id": "process_id",
    "connection_from": _named("connection_from"),
    "session_id": "session_id",
    "session_started_at": _SESSION_STARTED_AT,
    "severity": "severity",
    "sql_state": "sql_state",
    "message": "message",
    "detail": "detail",
    "application_name": _named("application_name"),
    "backend_type": "backend_type",
    "command_tag": "command_tag",
    "resource": "resource",
}

CSV = LogTable(
    name="records",
    framing="csv",
    fields=dict.fromkeys(
        (
            "log_time", "user_name", "database_name", "process_id", "connection_from",
            "session_id", "line_number", "command_tag", "session_start", "virtual_transaction",
            "transaction_id", "severity", "sql_state", "message", "detail", "hint",
            "internal_query", "internal_position", "context", "statement", "position_in_statement",
            "location", "application_name", "backend_type", "leader_process_id", "query_id",
        ),
        "VARCHAR",
    ),
    options=("time_zone", "resource"),
    derived=_STRUCTURED,
    occurred_at=_OCCURRED_AT,
    identity=_IDENTITY,
    rejected="case when severity is null then 'no severity in it' end",
    columns=_COLUMNS,
    types=_TYPES,
)  # fmt: skip

JSON = LogTable(
    name="records",
    framing="json",
    fields=dict.fromkeys(
        (
            "timestamp", "user", "dbname", "pid", "remote_host", "remote_port", "session_id",
            "line_num", "ps", "session_start", "error_severity", "state_code", "message", "detail",
            "application_name", "backend_type",
        ),
        "VARCHAR",
    ),
    options=("time_zone", "resource"),
    derived={
        "log_time": '"timestamp"',
        "user_name": '"user"',
        "database_name": "dbname",
        "process_id": "pid",
        "connection_from": "case when remote_port is null then remote_host"
        " else concat(remote_host, ':', remote_port) end",
        "line_number": "line_num",
        "severity": "error_severity",
        "sql_state": "state_code",
        "command_tag": "ps",
        **_STRUCTURED,
    },
    occurred_at=_OCCURRED_AT,
    identity=_IDENTITY,
    columns=_COLUMNS,
    types=_TYPES,
)  # fmt: skip

STDERR = LogTable(
    name="records",
    framing="lines",
    fields={"line": "VARCHAR"},
    options=("time_zone", "resource"),
    derived={
        "parts": f"regexp_extract(line, '{_LINE}',"
        " ['host', 'clock', 'zone', 'middle', 'severity', 'sql_state', 'message'])",
        "account": r"regexp_extract(parts.middle, '(?:^|[ :])([^\s@:=]*)@([^\s@:=]*)',"
        " ['user', 'database'])",
    },
    occurred_at=in_utc("parts.clock", "parts.zone"),
    rejected="case when parts.clock = '' then 'not a line with time and severity' end",
    columns={
        "user_name": _named(
            r"coalesce(nullif(account.user, ''), regexp_extract(parts.middle, 'user=([^\s,]*)', 1))"
        ),
        "database_name": _named(
            "coalesce(nullif(account.database, ''),"
            r" regexp_extract(parts.middle, 'db=([^\s,]*)', 1))"
        ),
        "process_id": r"regexp_extract(parts.middle, '\[(\d+)(?:-\d+)?\]', 1)",
        "connection_from": _named(
            "coalesce(nullif(parts.host, ''),"
            r" nullif(regexp_extract(parts.middle, '(?:client|host)=([^\s,]*)', 1), ''),"
            r" translate(regexp_extract(parts.middle, '([^\s:]+\(\d+\))', 1), '()', ':'))"
        ),
        "session_id": "null",
        "session_started_at": "null",
        "severity": "parts.severity",
        "sql_state": "nullif(parts.sql_state, '')",
        "message": "parts.message",
        "detail": "null",
        "application_name": _named(r"regexp_extract(parts.middle, 'app=([^\s,]*)', 1)"),
        "backend_type": "null",
        "command_tag": "null",
        "resource": "resource",
    },
    types=_TYPES,
)
