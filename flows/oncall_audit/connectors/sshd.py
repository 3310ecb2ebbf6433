"""sshd, sudo and other log-ins of Linux hosts, from syslog files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import local, moment
from oncall_audit.connectors.files import log_files

# Who logs in, becomes somebody else, or is made an account; jobs and the kernel are not people.
_PROGRAMS = (
    "sshd", "sshd-session", "sshd-auth", "sudo", "su", "su-l", "login", "systemd-logind", "polkitd",
    "pkexec", "doas", "runuser", "gdm-password", "useradd", "userdel", "usermod", "groupadd",
    "groupdel", "groupmod", "passwd", "chage", "gpasswd",
)  # fmt: skip
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d+)?"
_TIME = (
    rf"(?:(\d\d\d\d-\d\d-\d\d[T ]{_CLOCK})(Z|[+-]\d\d:?\d\d)?"
    rf"|([A-Z][a-z][a-z]) +(\d\d?) (?:(\d\d\d\d) )?({_CLOCK})) +"
)
# The host may be absent; a name that ends in a colon is a program.
_LINE = (
    rf"^(?:<\d+>)?{_TIME}(?:([^\s\[\]()]*[^\s:\[\]()]) +)?"
    r"([A-Za-z0-9_./@-]+)(?:\([^)\s]*\))?(?:\[(\d+)\])?:(?: |$)((?s:.*))$"
)
# RFC 5424: version, time, host, program, process, message id, structured data, message.
_NEW_LINE = (
    rf"^<\d+>1 {_TIME}(\S+) (\S+) (\d+|-) \S+ "
    r'(?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)(?: |$)((?s:.*))$'
)
_NAMES = "stamp zone month day year clock host program pid message"


def _parts(pattern: str) -> str:
    quoted = pattern.replace("'", "''")
    return f"regexp_extract(line, '{quoted}', {_NAMES.split()})"


def _in_year(years_back: int) -> str:
    year = f"(year(delivered_at + interval 1 day) - {years_back})"
    month = "((instr('JanFebMarAprMayJunJulAugSepOctNovDec', parts.month) + 2) // 3)"
    clock = "replace(parts.clock, ',', '.')"
    return f"try_cast(concat({year}, '-', {month}, '-', parts.day, ' ', {clock}) as timestamp)"


def _yearless() -> str:
    """Of the years in which there is such a day, take the latest that is not after delivery."""
    tries = (
        f"case when {_in_year(n)} <= delivered_at + interval 1 day then {_in_year(n)} end"
        for n in range(9)
    )
    return f"coalesce({', '.join(tries)})"


_NAIVE = (
    "case when parts.stamp != '' then try_cast(replace(parts.stamp, ',', '.') as timestamp)"
    " when parts.year != '' then try_cast(concat(parts.year, '-',"
    " (instr('JanFebMarAprMayJunJulAugSepOctNovDec', parts.month) + 2) // 3, '-', parts.day, ' ',"
    " parts.clock) as timestamp)"
    f" when parts.month != '' then {_yearless()} end"
)

_STAMPED = "concat(replace(parts.stamp, ',', '.'), parts.zone)"

MESSAGES = LogTable(
    name="messages",
    framing="lines",
    fields={"line": "VARCHAR"},
    options=("time_zone",),
    derived={
        "parts": f"case when line[1] = '<' and regexp_matches(line, '^<[0-9]+>1 ')"
        f" then {_parts(_NEW_LINE)} else {_parts(_LINE)} end",
        "program": "regexp_extract(parts.program, '[^/]*$')",
        "naive": _NAIVE,
    },
    occurred_at=f"case when parts.zone != '' then {moment(_STAMPED)} else {local('naive')} end",
    ignored=f"starts_with(line, '-- ') or (program != '' and program not in {_PROGRAMS})",
    rejected="case when program = '' and not regexp_matches(line, "
    f"'^(?:<[0-9]+>(?:1 )?)?{_TIME}') then 'no time in it'"
    " when program = '' then 'no program in it' end",
    columns={
        "host": "nullif(nullif(parts.host, ''), '-')",
        "program": "program",
        "pid": "nullif(parts.pid, '')",
        "message": "parts.message",
    },
    types={"pid": "BIGINT"},
)


@dataclass(frozen=True, slots=True)
class Sshd:
    """Log-ins of Linux hosts from syslog files (auth.log, secure), plain or gzip.

    Needs to read the files. `time_zone` is the zone of times that name none.
    """

    path: str | Path
    time_zone: str = "UTC"

    default_system: ClassVar[str] = "linux"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (MESSAGES,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("messages", file)
