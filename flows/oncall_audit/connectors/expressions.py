"""SQL that several log connectors say."""

from __future__ import annotations


def moment(text: str) -> str:
    """Return a TIMESTAMP in UTC of an ISO 8601 text; one without an offset is in UTC.

    Nine fractional digits are cut to six.
    """
    # As a TIMESTAMP alone DuckDB would drop the offset without a word.
    return (
        f"case when ends_with({text}, 'Z') then try_cast({text} as timestamp)"
        f" else timezone('UTC', try_cast({text} as timestamptz)) end"
    )


def local(timestamp: str) -> str:
    """Return in UTC a TIMESTAMP that is meant in the source's option `time_zone`.

    Of an hour that comes twice the second is meant; one that is left out counts as an hour later.
    """
    # Through a calendar it takes a microsecond a row, which most sources need not pay.
    return (
        f"case when time_zone = 'UTC' then {timestamp}"
        f" else timezone('UTC', timezone(time_zone, {timestamp})) end"
    )


def joined(*texts: str) -> str:
    """Return one text of several, with a mark between, NULL counting as empty."""
    return "concat(" + ", '|', ".join(texts) + ")"
