"""DuckDB's SQL, in which the models are written, as Spark's: whole statements, in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.generator import Generator

from oncall_audit.spark import aggregates, functions, json_texts, lists, patterns, times
from oncall_audit.spark.rewriting import Columns, rewrite


class Written(DuckDB):
    """DuckDB's SQL with the names that dbt-spark puts into it, which stand in backticks."""

    class Tokenizer(DuckDB.Tokenizer):
        IDENTIFIERS: ClassVar = ['"', "`"]

    class Parser(DuckDB.Parser):
        FUNCTIONS: ClassVar = {
            **DuckDB.Parser.FUNCTIONS,
            # The models take the `length` of texts and the `len` of lists.
            "LEN": exp.ArraySize.from_arg_list,
            "REGEXP_SPLIT_TO_ARRAY": exp.RegexpSplit.from_arg_list,
        }


def _cast(self: Generator, e: exp.Cast) -> str:
    if moment := times.end_of_time(e):
        return moment
    is_try = isinstance(e, exp.TryCast)
    this = self.sql(e, "this")
    if e.to.is_type(exp.DType.JSON):
        return f"IF(TRY_PARSE_JSON({this}) IS NOT NULL, {this}, NULL)" if is_try else this
    kind = "INTERVAL HOUR TO SECOND" if e.to.is_type(exp.DType.INTERVAL) else self.sql(e, "to")
    return f"{'TRY_CAST' if is_try else 'CAST'}({this} AS {kind})"


def _divided(self: Generator, e: exp.Div) -> str:
    # In doubles, whatever is divided; by nothing it is infinite, where Spark would fail.
    this, by, divisor = self.sql(e, "this"), self.sql(e, "expression"), e.expression.unnest()
    quotient = f"{this} / CAST({by} AS DOUBLE)"
    is_some = isinstance(divisor, exp.Nullif) or (divisor.is_number and float(divisor.name))
    if is_some:
        return quotient
    endless = (
        f"CASE WHEN {this} > 0 THEN DOUBLE('Infinity') WHEN {this} < 0 THEN DOUBLE('-Infinity')"
        f" WHEN {this} = 0 THEN DOUBLE('NaN') END"
    )
    return f"IF(({by}) = 0, {endless}, {quotient})"


def _round(self: Generator, e: exp.Round) -> str:
    this, places = self.sql(e, "this"), e.args.get("decimals")
    if not places:
        return f"ROUND({this})"
    size = f"{10 ** int(places.name)}D"
    rounded = f"(ROUND(({this}) * {size}) / {size})"
    if places.name == "1" and isinstance(e.parent, exp.DPipe):
        # In digits, however large.
        return f"CAST({rounded} AS DECIMAL(38, 1))"
    return rounded


def _like(self: Generator, e: exp.Like) -> str:
    # A backslash is but a backslash.
    name = "NOT LIKE" if e.args.get("negate") else "LIKE"
    return f"{self.sql(e, 'this')} {name} {self.sql(e, 'expression')} ESCAPE '\\u0001'"


def _length(self: Generator, e: exp.Length) -> str:
    name = "SIZE" if isinstance(e.this.unnest(), exp.Split) else "LENGTH"
    return f"{name}({self.sql(e, 'this')})"


_NAMED: dict[str, Callable[..., str]] = {
    "epoch_us": lambda self, it: f"UNIX_MICROS(CAST({self.sql(it)} AS TIMESTAMP))",
    "json_contains": json_texts.contains,
    "json_merge_patch": json_texts.merged,
    "list_sum": lambda self, it: f"AGGREGATE({self.sql(it)}, 0D, (s, x) -> s + x)",
    "mad": aggregates.deviation,
    "md5_number_lower": lambda self, it: functions.md5_lower(self.sql(it)),
    "nfc_normalize": lambda self, it: functions.translated(
        self.sql(it), functions.composed_letters()
    ),
    "printf": lambda self, *its: f"FORMAT_STRING({', '.join(map(self.sql, its))})",
    "strip_accents": lambda self, it: functions.translated(self.sql(it), functions.plain_letters()),
    "to_milliseconds": lambda self, it: times.seconds(self, it, per=1000),
    "to_seconds": times.seconds,
    "try_strptime": times.parsed,
}


def _anonymous(self: Generator, e: exp.Anonymous) -> str:
    write = _NAMED.get(e.name.lower())
    return write(self, *e.expressions) if write else self.anonymous_sql(e)


class Writer(Spark.Generator):
    """Writes what DuckDB means as Spark says it."""

    TYPE_MAPPING: ClassVar = {
        **Spark.Generator.TYPE_MAPPING,
        exp.DType.TIMESTAMP: "TIMESTAMP",
        exp.DType.TIMESTAMPNTZ: "TIMESTAMP",
        exp.DType.TIMESTAMPTZ: "TIMESTAMP",
        exp.DType.TIMESTAMPLTZ: "TIMESTAMP",
        exp.DType.INT128: "DECIMAL(38, 0)",
        exp.DType.UBIGINT: "DECIMAL(20, 0)",
        exp.DType.UTINYINT: "SMALLINT",
        exp.DType.USMALLINT: "INT",
        exp.DType.UINT: "BIGINT",
        exp.DType.JSON: "STRING",
    }
    TRANSFORMS: ClassVar = {
        **Spark.Generator.TRANSFORMS,
        **patterns.TRANSFORMS,
        **times.TRANSFORMS,
        **aggregates.TRANSFORMS,
        **lists.TRANSFORMS,
        **json_texts.TRANSFORMS,
        exp.Anonymous: _anonymous,
        exp.Cast: _cast,
        exp.TryCast: _cast,
        exp.Chr: lambda self, e: self.sql(exp.Literal.string(chr(int(e.expressions[0].name)))),
        exp.Div: _divided,
        exp.Filter: aggregates.filtered,
        exp.JarowinklerSimilarity: lambda self, e: functions.jaro_winkler(
            self.sql(e, "this"), self.sql(e, "expression")
        ),
        exp.Length: _length,
        exp.IgnoreNulls: aggregates.nulls_ignored,
        exp.Like: _like,
        exp.Round: _round,
        exp.Try: lambda self, e: self.sql(e, "this"),
        exp.Window: aggregates.windowed,
    }


class Read(Spark):
    """Spark's SQL, which says what the models say."""

    Generator = Writer


def translated(statement: str, columns: Columns) -> str:
    """Return a statement written for DuckDB as one for Spark; `columns` tells those of a table."""
    tree = rewrite(parse_one(statement, dialect=Written), columns)
    aggregates.over_conditions(tree)
    return tree.sql(dialect=Read)
