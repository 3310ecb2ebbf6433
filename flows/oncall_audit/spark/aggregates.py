"""Aggregates whose rows have an order, or whose nulls count otherwise."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.generator import Generator

from oncall_audit.spark import functions


def _comparison(self: Generator, keys: list[exp.Ordered]) -> str:
    whens = []
    for number, key in enumerate(keys):
        one, two = f"l.k{number}", f"r.k{number}"
        before, after = ("1", "-1") if key.args.get("desc") else ("-1", "1")
        null_first = "-1" if key.args.get("nulls_first") else "1"
        null_last = "1" if key.args.get("nulls_first") else "-1"
        whens += [
            f"WHEN {one} IS NULL AND {two} IS NOT NULL THEN {null_first}",
            f"WHEN {one} IS NOT NULL AND {two} IS NULL THEN {null_last}",
            f"WHEN {one} < {two} THEN {before} WHEN {one} > {two} THEN {after}",
        ]
    return f"(l, r) -> CASE {' '.join(whens)} ELSE 0 END"


def ordered(self: Generator, order: exp.Order, condition: str = "") -> str:
    """Write a list of an aggregate's values in their order, nulls among them, empty if none."""
    value, keys = order.this, order.expressions
    if isinstance(value, exp.Distinct):
        # Its order can only be that of the values.
        found = f"COLLECT_SET({self.sql(value.expressions[0])}){condition}"
        if keys[0].args.get("desc"):
            return f"REVERSE(ARRAY_SORT({found}))"
        return f"ARRAY_SORT({found})"
    named = [f"{self.sql(key, 'this')} AS k{number}" for number, key in enumerate(keys)]
    rows = f"COLLECT_LIST(STRUCT({', '.join(named)}, {self.sql(value)} AS v)){condition}"
    return f"TRANSFORM(ARRAY_SORT({rows}, {_comparison(self, keys)}), e -> e.v)"


def _plain(self: Generator, value: exp.Expression, condition: str) -> str:
    if isinstance(value, exp.Distinct):
        return f"COLLECT_SET({self.sql(value.expressions[0])}){condition}"
    # Only within a row of its own is a null kept.
    return f"TRANSFORM(COLLECT_LIST(STRUCT({self.sql(value)} AS v)){condition}, e -> e.v)"


def listed(self: Generator, e: exp.ArrayAgg, condition: str = "") -> str:
    order = e.this if isinstance(e.this, exp.Order) else None
    found = ordered(self, order, condition) if order else _plain(self, e.this, condition)
    return f"NULLIF({found}, ARRAY())"


def joined(self: Generator, e: exp.GroupConcat, condition: str = "") -> str:
    between = self.sql(e, "separator") or "','"
    value = e.this
    if isinstance(value, exp.Order):
        found = ordered(self, value, condition)
    elif isinstance(value, exp.Distinct):
        found = f"COLLECT_SET({self.sql(value.expressions[0])}){condition}"
    else:
        found = f"COLLECT_LIST({self.sql(value)}){condition}"
    return f"ARRAY_JOIN(NULLIF(ARRAY_COMPACT({found}), ARRAY()), {between})"


def first(self: Generator, e: exp.First, condition: str = "") -> str:
    if isinstance(e.this, exp.Order):
        return f"GET({ordered(self, e.this, condition)}, 0)"
    return f"FIRST({self.sql(e, 'this')}){condition}"


def _row(self: Generator, value: exp.Expression) -> str:
    if not isinstance(value, exp.Tuple):
        return self.sql(value)
    fields = (f"{self.sql(it)} AS v{number}" for number, it in enumerate(value.expressions))
    return f"STRUCT({', '.join(fields)})"


def extreme(name: str) -> Callable[..., str]:
    def write(self: Generator, e: exp.ArgMin | exp.ArgMax, condition: str = "") -> str:
        # DuckDB passes over rows in which either is null.
        value, by = _row(self, e.this), self.sql(e, "expression")
        return f"{name}({value}, CASE WHEN {value} IS NOT NULL THEN {by} END){condition}"

    return write


def any_value(self: Generator, e: exp.AnyValue, condition: str = "") -> str:
    if isinstance(e.this, exp.Order):
        return f"GET(ARRAY_COMPACT({ordered(self, e.this, condition)}), 0)"
    return f"ANY_VALUE({self.sql(e, 'this')}, TRUE){condition}"


def _numbers(self: Generator, value: exp.Expression, condition: str) -> str:
    return f"COLLECT_LIST(CAST({self.sql(value)} AS DOUBLE)){condition}"


def quantile(self: Generator, e: exp.PercentileCont, condition: str = "") -> str:
    return functions.quantile_of(_numbers(self, e.this, condition), self.sql(e, "expression"))


def median(self: Generator, e: exp.Median, condition: str = "") -> str:
    return functions.quantile_of(_numbers(self, e.this, condition), "0.5D")


def deviation(self: Generator, value: exp.Expression, condition: str = "") -> str:
    """Write `mad`: the median distance from the median."""
    return functions.deviation_of(_numbers(self, value, condition))


def filtered(self: Generator, e: exp.Filter) -> str:
    condition = f" FILTER(WHERE {self.sql(e.expression, 'this')})"
    inner = e.this
    write = TRANSFORMS.get(type(inner))
    if write:
        return write(self, inner, condition)
    return f"{self.sql(inner)}{condition}"


def over_conditions(tree: exp.Expression) -> None:
    """Put what a window's FILTER lets through into its aggregate: Spark knows no other way."""
    for window in list(tree.find_all(exp.Window)):
        inner = window.this
        if not isinstance(inner, exp.Filter):
            continue
        condition, aggregate = inner.expression.this, inner.this
        value = aggregate.this
        if isinstance(value, exp.Star) or value is None:
            value = exp.Literal.number(1)
        distinct = isinstance(value, exp.Distinct)
        shown = value.expressions[0] if distinct else value
        chosen = exp.Case(ifs=[exp.If(this=condition.copy(), true=shown.copy())])
        aggregate.set("this", exp.Distinct(expressions=[chosen]) if distinct else chosen)
        inner.replace(aggregate)


def windowed(self: Generator, e: exp.Window) -> str:
    """Write a window round the aggregate alone, where that is but a part of what is asked for."""
    inner = e.this
    if isinstance(inner, exp.IgnoreNulls) and isinstance(inner.this, exp.AnyValue):
        inner = inner.this
    frame = e.copy()
    frame.set("this", exp.to_identifier("it"))
    over = self.window_sql(frame).removeprefix("it")
    if isinstance(inner, exp.Count) and isinstance(inner.this, exp.Distinct):
        return f"SIZE(COLLECT_SET({self.sql(inner.this.expressions[0])}){over})"
    if isinstance(inner, exp.Anonymous) and inner.name.lower() == "mad":
        return deviation(self, inner.expressions[0], over)
    write = TRANSFORMS.get(type(inner))
    return write(self, inner, over) if write else self.window_sql(e)


def nulls_ignored(self: Generator, e: exp.IgnoreNulls) -> str:
    return self.sql(e.this) if isinstance(e.this, exp.AnyValue) else self.ignorenulls_sql(e)


TRANSFORMS: dict[type[exp.Expression], Callable[..., str]] = {
    exp.ArrayAgg: listed,
    exp.GroupConcat: joined,
    exp.First: first,
    exp.ArgMin: extreme("MIN_BY"),
    exp.ArgMax: extreme("MAX_BY"),
    exp.AnyValue: any_value,
    exp.PercentileCont: quantile,
    exp.Median: median,
}
