"""What Spark has another shape for: changed in the tree of a statement."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

# The columns of a table or view that a statement names.
Columns = Callable[[str], Sequence[str]]


def rewrite(tree: exp.Expression, columns: Columns) -> exp.Expression:
    """Return the tree with all that below; `columns` is asked where `by name` meets a star."""
    for change in (
        _sums,
        _arrows,
        _zones,
        _pairs,
        _lengths,
        _nearest,
        _series,
        _side_by_side,
        _materialized,
    ):
        change(tree)
    _by_name(tree, columns)
    return tree


def _sums(tree: exp.Expression) -> None:
    """Hold a sum within a text together: for Spark `||` binds no less than `+`."""
    for joined in list(tree.find_all(exp.DPipe)):
        for side in (joined.this, joined.expression):
            if isinstance(side, exp.Add | exp.Sub):
                side.replace(exp.Paren(this=side.copy()))


def _arrows(tree: exp.Expression) -> None:
    """Within a function's brackets `->` is read as a lambda, even before a JSON path."""
    for arrow in list(tree.find_all(exp.Lambda)):
        path = arrow.this
        if isinstance(path, exp.Literal) and path.is_string and path.name.startswith("$"):
            (text,) = arrow.expressions
            shown = exp.column(text.name) if isinstance(text, exp.Identifier) else text
            arrow.replace(exp.JSONExtract(this=shown, expression=path))


def _zones(tree: exp.Expression) -> None:
    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.lower() == "timezone":
            zone, moment = call.expressions
            call.replace(exp.AtTimeZone(this=moment, zone=zone))
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Anonymous) and table.this.name.lower() == "pg_timezone_names":
            names = [exp.Literal.string(name) for name in sorted(zoneinfo.available_timezones())]
            rows = exp.select(
                exp.alias_(exp.Explode(this=exp.Array(expressions=names)), "name", copy=False)
            )
            table.replace(rows.subquery(table.alias or "zones"))


def _series(tree: exp.Expression) -> None:
    """Make a series that stands for a table a select of its rows."""
    for table in list(tree.find_all(exp.Table, exp.Unnest)):
        if isinstance(table, exp.Unnest):
            (made,) = table.expressions
        else:
            made = table.this
        if not isinstance(made, exp.GenerateSeries):
            continue
        alias = table.args["alias"]
        (column,) = alias.columns
        rows = exp.select(exp.alias_(exp.Explode(this=made), column.name, copy=False))
        table.replace(rows.subquery(alias.name))


def _pairs(tree: exp.Expression) -> None:
    """Seek a pair among rows of two columns, not among rows of one pair."""
    for found in list(tree.find_all(exp.In)):
        query = found.args.get("query")
        select = query.unnest() if query else None
        if isinstance(found.this, exp.Tuple) and isinstance(select, exp.Select):
            (only,) = select.expressions
            if isinstance(only.unalias(), exp.Tuple):
                select.set("expressions", only.unalias().expressions)


def _lengths(tree: exp.Expression) -> None:
    """Months and minutes are lengths of one kind only if none of them is written as a literal."""
    for case in list(tree.find_all(exp.Case)):
        branches = [it.args["true"] for it in case.args["ifs"]]
        branches += [case.args["default"]] if case.args.get("default") else []
        lengths = [it for it in branches if isinstance(it, exp.Interval)]
        units = {it.unit.name.upper().rstrip("S") for it in lengths}
        if units & {"YEAR", "MONTH"} and units - {"YEAR", "MONTH"}:
            for length in lengths:
                length.replace(_length(length))


def _length(interval: exp.Interval) -> exp.Expression:
    parts = ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
    place = parts.index(interval.unit.name.upper().rstrip("S"))
    numbers = [exp.Literal.number(0)] * place + [exp.Literal.number(int(interval.this.name))]
    return exp.Anonymous(this="MAKE_INTERVAL", expressions=[it.copy() for it in numbers])


def _materialized(tree: exp.Expression) -> None:
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)


def _side_by_side(tree: exp.Expression) -> None:
    """Make several lists in one select one list of rows: Spark allows but one."""
    for select in list(tree.find_all(exp.Select)):
        made = [it for it in select.expressions if isinstance(it.unalias(), exp.Explode)]
        if len(made) < 2:
            continue
        order = [it.alias_or_name for it in select.expressions]
        places = [order.index(it.alias) for it in made]
        lists = [it.unalias().this for it in made]
        names = [exp.to_identifier(it.alias) for it in made]
        zipped = exp.Anonymous(this="ARRAYS_ZIP", expressions=lists)
        rows = exp.Anonymous(this="INLINE", expressions=[zipped])
        made[0].replace(exp.Aliases(this=rows, expressions=names))
        for rest in made[1:]:
            rest.pop()
        if places != list(range(places[0], places[0] + len(places))):
            # What stood between them stands there again.
            inner = exp.Subquery(
                this=select.copy(), alias=exp.TableAlias(this=exp.to_identifier("zipped"))
            )
            select.replace(exp.select(*order).from_(inner))


_OPPOSITE = {exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT, exp.LT: exp.GTE}


def _nearest(tree: exp.Expression) -> None:
    """Join with the nearest row as with the rows that know where their neighbour begins."""
    for join in list(tree.find_all(exp.Join)):
        if join.method.upper() != "ASOF":
            continue
        condition, name = join.args["on"], join.this.alias_or_name
        parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
        (bound,) = [it for it in parts if type(it) in _OPPOSITE]
        sides = [side for it in parts if it is not bound for side in (it.this, it.expression)]
        by = [exp.column(side.name) for side in sides if side.table == name]
        moment = exp.column(bound.expression.name)
        is_later = isinstance(bound, exp.GTE | exp.GT)
        neighbour = exp.Window(
            this=(exp.Lead if is_later else exp.Lag)(this=moment),
            partition_by=by,
            order=exp.Order(expressions=[exp.Ordered(this=moment.copy(), nulls_first=False)]),
        )
        rows = exp.select("*", exp.alias_(neighbour, "neighbour")).from_(join.this.copy())
        theirs = exp.column("neighbour", table=name)
        within = _OPPOSITE[type(bound)](this=bound.this.copy(), expression=theirs)
        join.set("method", None)
        join.set("this", rows.subquery(name))
        join.set("on", exp.and_(condition, exp.or_(theirs.copy().is_(exp.null()), within)))


def _by_name(tree: exp.Expression, columns: Columns) -> None:
    """Give both sides of a union `by name` the same columns in the same order."""
    unions = [it for it in tree.find_all(exp.SetOperation) if it.args.get("by_name")]
    for union in reversed(unions):
        named = [list(_columns(union.args[side], columns)) for side in ("this", "expression")]
        whole = list(dict.fromkeys(name for names in named for name in names))
        for side, names in zip(("this", "expression"), named, strict=True):
            shown = [
                exp.column(name) if name in names else exp.alias_(exp.null(), name)
                for name in whole
            ]
            query = exp.select(*shown).from_(union.args[side].unnest().subquery("side"))
            union.set(side, query)
        union.set("by_name", None)


def _columns(query: exp.Expression, columns: Columns) -> Iterator[str]:
    found = query.unnest()
    if isinstance(found, exp.SetOperation):
        yield from dict.fromkeys(
            name for side in (found.this, found.expression) for name in _columns(side, columns)
        )
        return
    for projection in found.expressions:
        if isinstance(projection, exp.Star) or projection.is_star:
            star = projection if isinstance(projection, exp.Star) else projection.this
            gone = {it.name for it in star.args.get("except_") or ()}
            whole = _of_tables(found, projection.table if projection is not star else "", columns)
            yield from (name for name in whole if name not in gone)
        else:
            yield projection.alias_or_name


def _of_tables(select: exp.Expression, only: str, columns: Columns) -> Iterator[str]:
    tables = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())]
    for table in tables:
        if only and table.alias_or_name != only:
            continue
        if isinstance(table, exp.Subquery):
            yield from _columns(table, columns)
            continue
        cte = _cte(select, table) if not table.db else None
        yield from _columns(cte.this, columns) if cte else columns(table.sql("spark"))


def _cte(inside: exp.Expression, table: exp.Table) -> exp.CTE | None:
    scope: exp.Expression | None = inside
    while scope is not None:
        found = scope.args.get("with_")
        for cte in found.expressions if found else ():
            if cte.alias == table.name:
                return cte
        scope = scope.parent
    return None
