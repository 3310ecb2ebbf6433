"""JSON, which in Spark is text: what DuckDB's type JSON keeps and prints."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlglot import exp
from sqlglot.generator import Generator

from oncall_audit.spark import functions

# Written as DuckDB prints them.
_OPTIONS = "MAP('ignoreNullFields', 'false', 'timestampFormat', 'yyyy-MM-dd HH:mm:ss')"
# The noughts that end a number, behind a name whose quotes are none of a text's own.
_NOUGHTS = r"'(?<!\\\\)(?<=\":)(-?\\d+\\.\\d+?)0+(?=[,}])'"
_TYPES = {"VARCHAR": "STRING", "DATE": "DATE"}


def _schema(shape: object) -> str:
    if isinstance(shape, list):
        return f"ARRAY<{_schema(shape[0])}>"
    if isinstance(shape, dict):
        fields = ", ".join(f"`{name}`: {_schema(kind)}" for name, kind in shape.items())
        return f"STRUCT<{fields}>"
    return _TYPES[str(shape)]


def parsed(self: Generator, e: exp.FromJson) -> str:
    shape = json.loads(e.expression.name)
    text = self.sql(e, "this")
    if shape == ["JSON"]:
        return functions.json_elements(text)
    return f"FROM_JSON({text}, '{_schema(shape)}')"


def _is_json(e: exp.Expression) -> bool:
    inner = e.unnest()
    if isinstance(inner, exp.Bracket | exp.Filter):
        return _is_json(inner.this)
    if isinstance(inner, exp.ArrayAgg):
        value = inner.this.this if isinstance(inner.this, exp.Order) else inner.this
        return _is_json(value)
    if isinstance(inner, exp.Cast):
        return bool(inner.to.is_type(exp.DType.JSON))
    return isinstance(inner, exp.JSONExtract | exp.JSONObject)


def _in_digits(self: Generator, value: exp.Expression) -> str:
    """Write a rounded number so that JSON has its digits: Java has exponents much sooner."""
    places = value.args.get("decimals") if isinstance(value, exp.Round) else None
    written = self.sql(value)
    return f"CAST({written} AS DECIMAL(38, {max(int(places.name), 1)}))" if places else written


def built(self: Generator, e: exp.JSONObject) -> str:
    if not any(_is_json(it.expression) for it in e.expressions):
        values = [it.expression for it in e.expressions]
        pairs = ", ".join(
            f"{self.sql(it.this)}, {_in_digits(self, it.expression)}" for it in e.expressions
        )
        whole = f"TO_JSON(NAMED_STRUCT({pairs}), {_OPTIONS})"
        if any(isinstance(it, exp.Round) and it.args.get("decimals") for it in values):
            whole = f"REGEXP_REPLACE({whole}, {_NOUGHTS}, '$1')"
        return whole
    parts = []
    for it in e.expressions:
        parts.append(f"'\"{it.this.name}\":'")
        value = self.sql(it.expression)
        if not _is_json(it.expression):
            whole = f"TO_JSON(NAMED_STRUCT('v', {value}), {_OPTIONS})"
            parts.append(f"SUBSTRING({whole}, 6, LENGTH({whole}) - 6)")
        elif isinstance(it.expression.unnest(), exp.Bracket | exp.ArrayAgg):
            parts.append(f"'[' || ARRAY_JOIN({value}, ',') || ']'")
        else:
            parts.append(f"COALESCE({value}, 'null')")
        parts.append("','")
    return f"('{{' || {' || '.join(parts[:-1])} || '}}')"


def _path(self: Generator, e: exp.Expression) -> str:
    path = e.expression
    return path.name if isinstance(path, exp.Literal) else self.sql(path).strip("'")


def text_at(self: Generator, e: exp.JSONExtractScalar) -> str:
    text, path = self.sql(e, "this"), e.expression
    if isinstance(path, exp.Array):
        found = ", ".join(f"GET_JSON_OBJECT({text}, {self.sql(it)})" for it in path.expressions)
        return f"IF({text} IS NULL, NULL, ARRAY({found}))"
    where = _path(self, e)
    if where in {"$[*]", "$.*"}:
        return f"FROM_JSON({text}, 'ARRAY<STRING>')"
    return f"GET_JSON_OBJECT({text}, '{where}')"


def json_at(self: Generator, e: exp.JSONExtract) -> str:
    """Write `->`, which leaves a text in its quotes."""
    text, path = self.sql(e, "this"), _path(self, e)
    found = f"GET_JSON_OBJECT({text}, '{path}')"
    return f"IF({_kind(text, path)} = 'STRING', {functions.json_text(found)}, {found})"


def _kind(text: str, path: str) -> str:
    return f"SCHEMA_OF_VARIANT(TRY_VARIANT_GET(TRY_PARSE_JSON({text}), '{path}', 'variant'))"


def kind(self: Generator, e: exp.JSONType) -> str:
    inner = e.this.unnest()
    if isinstance(inner, exp.JSONExtract):
        found = _kind(self.sql(inner, "this"), _path(self, inner))
    else:
        found = f"SCHEMA_OF_VARIANT(TRY_PARSE_JSON({self.sql(inner)}))"
    return f"REPLACE(SPLIT_PART({found}, '<', 1), 'STRING', 'VARCHAR')"


def contains(self: Generator, text: exp.Expression, needle: exp.Expression) -> str:
    """Write `json_contains` of a text in a list of texts, or in one."""
    wanted = self.sql(exp.Literal.string(json.loads(needle.name)))
    shown, quoted = self.sql(text), self.sql(needle)
    listed = f"COALESCE(ARRAY_CONTAINS(FROM_JSON({shown}, 'ARRAY<STRING>'), {wanted}), FALSE)"
    return f"IF({shown} IS NULL, NULL, {listed} OR {shown} = {quoted})"


def merged(self: Generator, one: exp.Expression, two: exp.Expression) -> str:
    """Write `json_merge_patch` of an object with one that has no member of it."""
    return functions.json_joined(self.sql(one), self.sql(two))


TRANSFORMS: dict[type[exp.Expression], Callable[..., str]] = {
    exp.FromJson: parsed,
    exp.JSONObject: built,
    exp.JSONExtractScalar: text_at,
    exp.JSONExtract: json_at,
    exp.JSONType: kind,
}
