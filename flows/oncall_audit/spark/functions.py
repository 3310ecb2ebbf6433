"""What Spark has no function for, as an expression: no server need be told of any."""

from __future__ import annotations

import functools
import sys
import unicodedata

from sqlglot import exp

_NUMBERS = "ARRAY<DOUBLE>"


def let(name: str, value: str, body: str) -> str:
    """Write a body in which a name stands for a value that is worked out but once."""
    return f"GET(TRANSFORM(ARRAY({value}), {name} -> {body}), 0)"


def quantile_of(numbers: str, share: str, name: str = "q") -> str:
    """Write the quantile of a list between its two nearest numbers, in DuckDB's order of steps."""
    place = f"((SIZE({name}) - 1) * ({share}))"
    low = f"GET({name}, CAST(FLOOR({place}) AS INT))"
    high = f"GET({name}, CAST(CEIL({place}) AS INT))"
    return let(
        name,
        f"ARRAY_SORT({numbers})",
        f"({low} + ({high} - {low}) * ({place} - FLOOR({place})))",
    )


def deviation_of(numbers: str) -> str:
    """Write the median distance of a list's numbers from their median."""
    apart = "TRANSFORM(xs, x -> ABS(x - m))"
    return let("xs", numbers, let("m", quantile_of("xs", "0.5D"), quantile_of(apart, "0.5D", "p")))


def json_text(text: str) -> str:
    """Write a text as JSON does."""
    return let("j", f"TO_JSON(NAMED_STRUCT('v', {text}))", "SUBSTRING(j, 6, LENGTH(j) - 6)")


def json_elements(text: str) -> str:
    """Write the elements of a JSON list, each as JSON; Spark takes texts out of their quotes."""
    kind = "SCHEMA_OF_VARIANT(GET(vs, i))"
    found = f"TRANSFORM(js, (e, i) -> IF({kind} = 'STRING', {json_text('e')}, COALESCE(e, 'null')))"
    variants = f"CAST(TRY_PARSE_JSON({text}) AS ARRAY<VARIANT>)"
    return let("vs", variants, let("js", f"FROM_JSON({text}, 'ARRAY<STRING>')", found))


def json_joined(one: str, two: str) -> str:
    """Write two JSON objects without a common member as one."""
    return let(
        "o",
        one,
        f"IF(o = '{{}}', {two}, SUBSTRING(o, 1, LENGTH(o) - 1) || ',' || SUBSTRING({two}, 2))",
    )


def md5_lower(text: str) -> str:
    """Write the lower half of a text's MD5 as a number."""
    places = range(31, 16, -2)
    halves = " || ".join(f"SUBSTRING(h, {place}, 2)" for place in places)
    return let("h", f"MD5({text})", f"CAST(CONV({halves}, 16, 10) AS DECIMAL(20, 0))")


def jaro_winkler(one: str, two: str) -> str:
    """Write how alike two texts are, from 0 to 1: DuckDB's `jaro_winkler_similarity`."""
    # Letters of `a` look for the like in `b`, within reach; each letter of `b` is taken once.
    start = "NAMED_STRUCT('m', '', 'rest', b)"
    low, high = "GREATEST(i - r, 1)", "LEAST(i + r, LENGTH(b))"
    seen = f"LOCATE(SUBSTRING(a, i, 1), SUBSTRING(s.rest, {low}, GREATEST({high} - {low} + 1, 0)))"
    step = let(
        "p",
        seen,
        "IF(p = 0, s, NAMED_STRUCT('m', s.m || SUBSTRING(a, i, 1),"
        f" 'rest', OVERLAY(s.rest PLACING CHR(1) FROM {low} + p - 1 FOR 1)))",
    )
    found = f"AGGREGATE(SEQUENCE(1, LENGTH(a)), {start}, (s, i) -> {step})"
    theirs = (
        "ARRAY_JOIN(TRANSFORM(SEQUENCE(1, LENGTH(b)),"
        " i -> IF(SUBSTRING(f.rest, i, 1) = CHR(1), SUBSTRING(b, i, 1), '')), '')"
    )
    swapped = (
        "SIZE(FILTER(SEQUENCE(1, LENGTH(f.m)),"
        " i -> SUBSTRING(f.m, i, 1) <> SUBSTRING(t, i, 1))) DIV 2"
    )
    c = "CAST(LENGTH(f.m) AS DOUBLE)"
    jaro = f"(({c} / LENGTH(a) + {c} / LENGTH(b) + ({c} - {swapped}) / {c}) / 3D)"
    prefix = (
        "SIZE(FILTER(SEQUENCE(1, 4), i -> LEFT(a, i) = LEFT(b, i)"
        " AND LENGTH(a) >= i AND LENGTH(b) >= i))"
    )
    winkler = let("w", jaro, f"IF(w > 0.7D, w + 0.1D * {prefix} * (1D - w), w)")
    some = f"IF(LENGTH(f.m) = 0, 0D, {let('t', theirs, winkler)})"
    reach = "GREATEST(GREATEST(LENGTH(a), LENGTH(b)) DIV 2 - 1, 0)"
    whole = let("r", reach, let("f", found, some))
    empty = "IF(LENGTH(a) = 0 OR LENGTH(b) = 0, IF(LENGTH(a) = LENGTH(b), 1D, 0D), "
    return let(
        "a",
        one,
        let("b", two, f"CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN {empty}{whole}) END"),
    )


def translated(text: str, letters: tuple[str, str]) -> str:
    """Write a text with each of some letters in place of another, or gone where none is left."""
    return f"TRANSLATE({text}, {_literal(letters[0])}, {_literal(letters[1])})"


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql("spark")


@functools.cache
def plain_letters() -> tuple[str, str]:
    """Return letters with accents, and the same without; after them accents that stand alone."""
    pairs = [
        (letter, bare)
        for letter in _letters()
        if len(bare := _bare(letter)) == 1 and bare != letter
    ]
    alone = [letter for letter in _letters() if not _bare(letter)]
    return "".join(one for one, _ in pairs) + "".join(alone), "".join(two for _, two in pairs)


@functools.cache
def composed_letters() -> tuple[str, str]:
    """Return letters that Unicode holds to be others, and those others."""
    pairs = [
        (letter, other)
        for letter in _letters()
        if len(other := unicodedata.normalize("NFC", letter)) == 1 and other != letter
    ]
    return "".join(one for one, _ in pairs), "".join(two for _, two in pairs)


def _bare(letter: str) -> str:
    apart = unicodedata.normalize("NFD", letter)
    return unicodedata.normalize(
        "NFC", "".join(it for it in apart if not unicodedata.category(it).startswith("M"))
    )


def _letters() -> list[str]:
    return [chr(code) for code in range(128, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
