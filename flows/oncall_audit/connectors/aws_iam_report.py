"""What the credential report of an AWS account tells of its users."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime

from oncall_audit.connectors.times import read_time
from oncall_audit.errors import SourceError

_USES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
# What stands in the place of a time: never, before AWS kept it, or nothing there to be used.
_NO_TIMES = ("", "N/A", "no_information", "not_supported")


def last_used(account: str, report: str) -> dict[str, datetime]:
    """Return when a user's password or key was last used, in UTC, by the user's ARN.

    Of whom the report tells no time, nothing is known. Raise `SourceError` for no such report.
    """
    lines = csv.DictReader(io.StringIO(report), strict=True)
    try:
        times = {line["arn"]: list(_times(line)) for line in lines}
    except (KeyError, ValueError, csv.Error) as error:
        raise _unreadable(account, str(error)) from None
    if not times:
        # The account's root is always in it.
        raise _unreadable(account, "nobody is in it")
    return {arn: max(found) for arn, found in times.items() if found}


def _times(line: Mapping[str, str | None]) -> Iterator[datetime]:
    for name in _USES:
        text = line[name]
        if text is None:
            raise ValueError("a line is cut off")
        if text not in _NO_TIMES and (moment := read_time(text)):
            yield moment


def _unreadable(account: str, why: str) -> SourceError:
    return SourceError(
        f"AWS account {account} has a credential report that cannot be read ({why:.100}): run"
        " again, or set `credential_report: false`."
    )
