"""Lists, slices, series, and rows made of lists."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.generator import Generator

_LISTS = (
    exp.ArrayAgg, exp.ArraySort, exp.ArrayDistinct, exp.ArrayFilter, exp.Transform,
    exp.Array, exp.ArrayConcat, exp.Flatten, exp.Split,
)  # fmt: skip


def bracketed(self: Generator, e: exp.Bracket) -> str:
    """Write an element, a field or a slice; what no list made is a text."""
    this, inside = self.sql(e, "this"), e.expressions[0]
    kind = e.this.unnest()
    if isinstance(kind, exp.Filter):
        kind = kind.this
    if isinstance(kind, exp.ArgMin | exp.ArgMax) and isinstance(kind.this, exp.Tuple):
        return f"{this}.v{inside.name}"
    is_list = isinstance(kind, _LISTS)
    if isinstance(inside, exp.Slice):
        return _slice(self, this, inside, is_list=is_list)
    if isinstance(inside, exp.Literal) and inside.is_string:
        return f"{this}.{self.sql(exp.to_identifier(inside.name, quoted=True))}"
    if isinstance(inside, exp.Neg):
        # sqlglot makes all count from nought, these from the end as well.
        return f"TRY_ELEMENT_AT({this}, {1 - int(inside.name)})"
    return f"GET({this}, {self.sql(inside)})"


def _slice(self: Generator, this: str, bounds: exp.Slice, *, is_list: bool) -> str:
    since = self.sql(bounds, "this") or "1"
    until = self.sql(bounds, "expression")
    if isinstance(bounds.expression, exp.Neg):
        length = "SIZE" if is_list else "LENGTH"
        count = f"GREATEST({length}({this}) + {until} - {since} + 2, 0)"
    else:
        count = f"({until}) - ({since}) + 1"
        count = str(int(until) - int(since) + 1) if until.isdigit() and since.isdigit() else count
    return f"{'SLICE' if is_list else 'SUBSTRING'}({this}, {since}, {count})"


def series(self: Generator, e: exp.GenerateSeries) -> str:
    """Write `range` and `generate_series`: empty where the end lies before the beginning."""
    since, until, step = (
        f"({self.sql(e, name)})" if e.args.get(name) else "" for name in ("start", "end", "step")
    )
    past = ">" if e.args.get("is_end_exclusive") else ">="
    if not step:
        since = since or "0"
        last = f"{until} - 1" if past == ">" else until
        found = f"SEQUENCE({since}, {last})"
    else:
        found = f"SEQUENCE({since}, {until}, {step})"
        if past == ">":
            found = f"FILTER({found}, e -> e < {until})"
    return f"IF({until} {past} {since}, {found}, SLICE(SEQUENCE({since}, {since}), 1, 0))"


def overlap(self: Generator, e: exp.ArrayOverlaps) -> str:
    return f"ARRAYS_OVERLAP({self.sql(e, 'this')}, {self.sql(e, 'expression')})"


def sorted_list(self: Generator, e: exp.ArraySort) -> str:
    if e.args.get("asc") is not None and not e.args["asc"].this:
        return f"REVERSE(ARRAY_SORT({self.sql(e, 'this')}))"
    return f"ARRAY_SORT({self.sql(e, 'this')})"


def distinct(self: Generator, e: exp.ArrayDistinct) -> str:
    return f"ARRAY_COMPACT(ARRAY_DISTINCT({self.sql(e, 'this')}))"


def texts(self: Generator, e: exp.ArrayToString) -> str:
    return f"ARRAY_JOIN({self.sql(e, 'this')}, {self.sql(e, 'expression')})"


def flat(self: Generator, e: exp.Flatten) -> str:
    return f"FLATTEN(ARRAY_COMPACT({self.sql(e, 'this')}))"


TRANSFORMS: dict[type[exp.Expression], Callable[..., str]] = {
    exp.Bracket: bracketed,
    exp.GenerateSeries: series,
    exp.ArrayOverlaps: overlap,
    exp.ArraySort: sorted_list,
    exp.ArrayDistinct: distinct,
    exp.ArrayToString: texts,
    exp.Flatten: flat,
}
