"""Commands and statements that are looked at wherever a person runs them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from oncall_audit.policy.fields import Text
from oncall_audit.validation import Strict

# The warehouse matches in time linear in the text, and so knows none of these.
_UNKNOWN = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!>(]|<[=!]|P=)|[*+?}]\+|\\[1-9Z])")


def _is_known(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}.") from error
    if _UNKNOWN.search(pattern):
        raise ValueError(
            f"{pattern!r} looks ahead, behind or back, which is not possible here: "
            "say in `unless` what must not match."
        )
    return pattern


Expression = Annotated[Text, AfterValidator(_is_known)]


class SensitiveCommand(Strict):
    """A pattern of commands or statements that no work needs without a question."""

    name: Text = Field(description="What findings call it.")
    pattern: Expression = Field(description="Regular expression (RE2) over command or statement.")
    unless: Expression | None = Field(
        None, description="Regular expression of those that are harmless all the same."
    )
    system: Text = Field("*", description="The system, or a glob; all if not given.")


_LOCAL = r"\b(localhost|127\.0\.0\.1|\[?::1\]?)([\s:/]|$)"
COMMANDS = (
    SensitiveCommand(
        name="reverse_shell",
        pattern=r"/dev/(tcp|udp)/|\b(nc|ncat|netcat)\s(.*\s)?(-\w*[ec]\b|--(sh-)?exec)",
        unless=_LOCAL,
    ),
    SensitiveCommand(
        name="code_from_the_network",
        pattern=r"(?i)\b(curl|wget)\s.*\bhttps?://.*\|\s*(sudo\s+)?(\w*sh|python3?|perl)\b",
        unless=_LOCAL,
    ),
    SensitiveCommand(
        name="file_sent_away",
        pattern=r"(?i)\bcurl\b.*\s(-T|--upload-file|-F|(-d|--data\S*)[ =]?@)"
        r"|\bwget\s.*--post-file",
        unless=_LOCAL,
    ),
    SensitiveCommand(
        name="traces_removed",
        pattern=r"\bhistory\s+-c\b|\bunset\s+HISTFILE\b|\bHISTFILE=/dev/null"
        r"|\b(rm|shred|truncate|unlink)\s(.*\s)?\S*(_history|/var/log/\S+|/var/lib/pgsql/\S*/log/\S+)"
        r"|\bjournalctl\s.*--vacuum|\bwevtutil\s+cl\b",
        unless=r"/var/log/\S+\.(gz|xz|bz2|zst|[0-9]+)(\s|$)",
    ),
    SensitiveCommand(
        name="credentials_read",
        pattern=r"\b(cat|less|more|head|tail|cp|scp|rsync|tar|base64|strings|vi|vim|nano|xxd)\s(.*\s)?\S*"
        r"(/etc/g?shadow|\.ssh/id_\w+|\.aws/credentials|\.pgpass|\.kube/config|/proc/\d+/environ)\b",
        unless=r"\.ssh/id_\w+\.pub\b",
    ),
    SensitiveCommand(
        name="way_back_in",
        pattern=r"(>>?|\btee\s(.*\s)?|\b(vi|vim|nano|cp|mv|chattr)\s(.*\s)?)\s*\S*"
        r"(\.ssh/authorized_keys|/etc/sudoers(\.d/\S+)?)\b"
        r"|\b(useradd|adduser)\s.*(-o\b|\bsudo\b|\bwheel\b)|\bchmod\s.*([ug+]s|[4-7]\d{3})\s.*\b(ba|da|z)?sh\b",
    ),
    SensitiveCommand(
        name="rights_widened",
        pattern=r"(?i)\b(alter|create)\s+(role|user)\b.*\bsuperuser\b"
        r"|\bgrant\b.*\bto\s+public\b|\bdisable\s+row\s+level\s+security\b",
        unless=r"(?i)\bnosuperuser\b",
    ),
    SensitiveCommand(
        name="data_destroyed",
        pattern=r"(?i)^\W*(drop\s+(database|schema|table)|truncate)\b"
        r"|^\W*delete\s+from\s+\S+\s*;?\W*$",
        unless=r"(?i)\b(pg_temp|temp_\w+|tmp_\w+)\b",
    ),
)
