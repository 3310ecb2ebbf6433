"""Regular expressions as DuckDB reads them (RE2), written so that Java reads the same in them."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp
from sqlglot.generator import Generator

# Java's own \s knows one more, and its \b goes by Unicode.
_BLANK = r"\t\n\f\r "
_BOUNDARY = r"(?:(?<=\w)(?!\w)|(?<!\w)(?=\w))"
_ESCAPES = {r"\s": f"[{_BLANK}]", r"\S": f"[^{_BLANK}]", r"\b": _BOUNDARY}
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(-[a-zA-Z]+)?([:)])")
_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
_POSIX_NAMES = {
    "alpha": "Alpha", "digit": "Digit", "alnum": "Alnum", "upper": "Upper", "lower": "Lower",
    "punct": "Punct", "space": "Space", "xdigit": "XDigit", "cntrl": "Cntrl", "print": "Print",
    "blank": "Blank", "graph": "Graph",
}  # fmt: skip


def java(pattern: str) -> str:
    """Return a part of an RE2 pattern as one of Java's; a class of characters must be whole."""
    out, at, in_class = [], 0, False
    while at < len(pattern):
        taken, text = _class_part(pattern, at) if in_class else _part(pattern, at)
        if not in_class and text == "[":
            in_class = True
            # A bracket that comes first, after ^ or not, is itself.
            head = re.match(r"\[\^?\]?", pattern[at:])
            opened = head.group() if head else "["
            text, taken = opened.replace("]", r"\]"), len(opened)
        elif in_class and text == "]":
            in_class = False
        out.append(text)
        at += taken
    return "".join(out)


def _part(pattern: str, at: int) -> tuple[int, str]:
    two = pattern[at : at + 2]
    if two.startswith("\\"):
        return 2, _ESCAPES.get(two, two)
    if two.startswith("$"):
        return 1, r"\z"
    if flags := _FLAGS.match(pattern, at):
        # Case is that of Unicode for RE2, and of ASCII for Java unless told.
        return len(flags.group()), f"(?{flags[1].replace('i', 'iu')}{flags[2] or ''}{flags[3]}"
    return 1, two[:1]


def _class_part(pattern: str, at: int) -> tuple[int, str]:
    two = pattern[at : at + 2]
    if two == r"\s":
        return 2, _BLANK
    if two.startswith("\\"):
        return 2, two
    if posix := _POSIX.match(pattern, at):
        return len(posix.group()), rf"\{'P' if posix[1] else 'p'}{{{_POSIX_NAMES[posix[2]]}}}"
    if two[:1] in "[&":
        return 1, "\\" + two[:1]
    return 1, two[:1]


def pattern_of(expression: exp.Expression, flags: str = "") -> exp.Expression:
    """Return the expression of a pattern as one that Java reads; a column's is taken as it is."""
    found = expression.copy()
    root = exp.Paren(this=found)
    for literal in list(root.find_all(exp.Literal)):
        if literal.is_string:
            literal.replace(exp.Literal.string(java(literal.this)))
    # In this mode a line ends by \n alone; flags other than case are those of RE2 as well.
    mode = "d" + "".join("iu" if flag == "i" else flag for flag in flags if flag in "ism")
    inner = root.this
    first = inner
    while isinstance(first, exp.DPipe | exp.Paren):
        first = first.this
    if isinstance(first, exp.Literal):
        first.replace(exp.Literal.string(f"(?{mode}){first.this}"))
        return root.this
    return exp.DPipe(this=exp.Literal.string(f"(?{mode})"), expression=inner, safe=True)


def matched(self: Generator, e: exp.RegexpLike) -> str:
    flags = e.args.get("flag")
    return (
        f"REGEXP_LIKE({self.sql(e, 'this')}, {self.sql(pattern_of(e.expression, _flags(flags)))})"
    )


def matched_whole(self: Generator, e: exp.RegexpFullMatch) -> str:
    whole = _joined("^(?:", pattern_of(e.expression), r")\z")
    return f"REGEXP_LIKE({self.sql(e, 'this')}, {self.sql(whole)})"


def extracted(self: Generator, e: exp.RegexpExtract) -> str:
    pattern = self.sql(pattern_of(e.expression, _flags(e.args.get("parameters"))))
    text, group = self.sql(e, "this"), e.args.get("group")
    if isinstance(group, exp.Array):
        # By name, so that two patterns that tell the same make rows of one kind.
        names = ", ".join(
            f"'{name.name}', REGEXP_EXTRACT({text}, {pattern}, {number})"
            for number, name in sorted(enumerate(group.expressions, 1), key=lambda it: it[1].name)
        )
        return f"NAMED_STRUCT({names})"
    return f"REGEXP_EXTRACT({text}, {pattern}, {self.sql(group) or '0'})"


def extracted_all(self: Generator, e: exp.RegexpExtractAll) -> str:
    group = self.sql(e, "group") or "0"
    return (
        f"REGEXP_EXTRACT_ALL({self.sql(e, 'this')}, {self.sql(pattern_of(e.expression))}, {group})"
    )


def replaced(self: Generator, e: exp.RegexpReplace) -> str:
    flags = _flags(e.args.get("modifiers"))
    pattern = pattern_of(e.expression, flags)
    put = _replacement(e.args["replacement"], shift=0)
    if "g" not in flags:
        # Java replaces all: so that there is but one, it begins at the very beginning.
        pattern = _joined(r"\A((?s:.*?))(?:", pattern, ")")
        put = _joined("$1", _replacement(e.args["replacement"], shift=1), "")
    return f"REGEXP_REPLACE({self.sql(e, 'this')}, {self.sql(pattern)}, {self.sql(put)})"


def split(self: Generator, e: exp.RegexpSplit) -> str:
    return f"SPLIT({self.sql(e, 'this')}, {self.sql(pattern_of(e.expression))}, -1)"


def globbed(self: Generator, e: exp.Glob) -> str:
    """Write `glob`: most patterns are the whole text, which is quickly compared."""
    text, pattern = self.sql(e, "this"), self.sql(e, "expression")
    safe = f"REGEXP_REPLACE({pattern}, '([.+(){{}}|^$])', '\\\\\\\\$1')"
    safe = f"REGEXP_REPLACE({safe}, '\\\\[(?![^\\\\]]+\\\\])', '\\\\\\\\[')"
    safe = f"REPLACE(REPLACE(REPLACE({safe}, '*', '.*'), '?', '.'), '[!', '[^')"
    return (
        f"({text} = {pattern} OR ({pattern} RLIKE '[*?\\\\[\\\\\\\\]'"
        f" AND {text} RLIKE '(?s)^' || {safe} || '\\\\z'))"
    )


def _replacement(expression: exp.Expression, shift: int) -> exp.Expression:
    found = expression.copy()
    root = exp.Paren(this=found)
    for literal in list(root.find_all(exp.Literal)):
        if literal.is_string:
            text = literal.this.replace("$", r"\$")
            text = re.sub(r"\\(\d)", lambda m: f"${int(m[1]) + shift}", text)
            literal.replace(exp.Literal.string(text))
    return root.this


def _flags(expression: exp.Expression | None) -> str:
    return expression.name if expression is not None else ""


def _joined(before: str, middle: exp.Expression, after: str) -> exp.Expression:
    joined = exp.DPipe(this=exp.Literal.string(before), expression=_held(middle), safe=True)
    if after:
        joined = exp.DPipe(this=joined, expression=exp.Literal.string(after), safe=True)
    return joined


def _held(expression: exp.Expression) -> exp.Expression:
    return exp.Paren(this=expression) if isinstance(expression, exp.DPipe) else expression


TRANSFORMS: dict[type[exp.Expression], Callable[..., str]] = {
    exp.Glob: globbed,
    exp.RegexpLike: matched,
    exp.RegexpFullMatch: matched_whole,
    exp.RegexpExtract: extracted,
    exp.RegexpExtractAll: extracted_all,
    exp.RegexpReplace: replaced,
    exp.RegexpSplit: split,
}
