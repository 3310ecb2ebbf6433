"""The audit on paper: numbered pages, headings that a reader of PDF can jump to, a line to sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import fontpkg
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    TableStyle,
)

from oncall_audit.reports.text import shortened, visible

_FONT = "Noto Sans"
_MARGIN = 16 * mm
_BOTTOM = 10 * mm
_FOOT = 7
_LONGEST = 450
# The form that holds the number of pages, and the width of its digits.
_TOTAL, _DIGITS = "total", 4 * mm
# A heading, the head of a table and a row.
_ROOM = 35 * mm
WIDTH = A4[0] - 2 * _MARGIN
INK, PALE, RULE = colors.HexColor("#1F2933"), colors.HexColor("#5B6773"), colors.HexColor("#C9D1D9")
_SHADE = colors.HexColor("#EEF2F6")
# The font has no mathematical brackets.
_OPEN, _CLOSE = "\u2039", "\u203a"
_LEVELS = {"Title": 0, "Heading": 0, "Part": 1}


@cache
def style(name: str) -> ParagraphStyle:
    """Return a paragraph style by its name: Title, Verdict, Heading, Part, Body, Small or Head."""
    font = TTFont(_FONT, fontpkg.path(_FONT))
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(font)
    size, before, colour = {
        "Title": (11, 0, PALE),
        "Verdict": (20, 0, INK),
        "Heading": (14, 14, INK),
        "Part": (11, 8, INK),
        "Body": (9, 0, INK),
        "Small": (7.5, 0, INK),
        "Head": (7.5, 0, PALE),
    }[name]
    return ParagraphStyle(
        name,
        fontName=_FONT,
        fontSize=size,
        leading=size * 1.3,
        spaceBefore=before,
        spaceAfter=4 if name not in {"Small", "Head"} else 0,
        textColor=colour,
    )


def text(value: Any, name: str = "Body") -> Paragraph:
    """Return text as a paragraph: markup in it is only text, what has no glyph a code point."""
    return Paragraph(escape(drawn("" if value is None else str(value))), style(name))


def drawn(value: str) -> str:
    """Show what the font has no glyph for as its code point."""
    shown = visible(value)
    if shown.isascii():
        return shown
    glyphs = _glyphs()
    shown = shown.replace("⟨", _OPEN).replace("⟩", _CLOSE)
    return "".join(it if ord(it) in glyphs else f"{_OPEN}U+{ord(it):04X}{_CLOSE}" for it in shown)


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(TTFont(_FONT, fontpkg.path(_FONT)).face.charToGlyph)


def table(headers: list[str], rows: list[list[Any]], shares: list[float]) -> Flowable:
    """Return a table over the whole width whose head, if any, is on every page it reaches."""
    cells: list[list[Any]] = [[text(header, "Head") for header in headers]] if headers else []
    cells += [[_cell(value) for value in row] for row in rows]
    widths = [WIDTH * share / sum(shares) for share in shares]
    made = LongTable(cells, colWidths=widths, repeatRows=bool(headers))
    head = [("BACKGROUND", (0, 0), (-1, 0), _SHADE)] if headers else []
    made.setStyle(
        TableStyle(
            [
                *head,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return made


def _cell(value: Any) -> Paragraph:
    # Cut as drawn: a row has to fit a page, in the narrowest column too.
    return text(shortened(drawn("" if value is None else str(value)), _LONGEST), "Small")


def write_document(path: Path, flowables: Iterable[Flowable], title: str, foot: str) -> None:
    """Write flowables to numbered A4 pages; the same ones give the same bytes."""
    document = _Document(str(path), title=title, foot=foot)
    document.build(list(_apart(flowables)), canvasmaker=_Numbered)


def _apart(flowables: Iterable[Flowable]) -> Iterator[Flowable]:
    """Begin a page where a heading would stand alone at the foot of one."""
    for flowable in flowables:
        if _level(flowable) is not None:
            yield CondPageBreak(_ROOM)
        yield flowable


def _level(flowable: Flowable) -> int | None:
    return _LEVELS.get(getattr(getattr(flowable, "style", None), "name", ""))


class _Document(BaseDocTemplate):
    """A document whose headings become its outline."""

    def __init__(self, filename: str, title: str, foot: str) -> None:
        # Without a date of its own: the run's is on the first page.
        super().__init__(
            filename, pagesize=A4, title=title, author="oncall-audit", invariant=1, lang="en"
        )
        frame = Frame(_MARGIN, 18 * mm, WIDTH, A4[1] - 34 * mm, 0, 0, 0, 0, id="page")
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._foot))
        self._said = shortened(drawn(foot), 80)
        self._headings = 0

    def _foot(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setFont(_FONT, _FOOT)
        canvas.setFillColor(PALE)
        canvas.drawString(_MARGIN, _BOTTOM, self._said)
        canvas.drawRightString(
            A4[0] - _MARGIN - _DIGITS, _BOTTOM, f"page {canvas.getPageNumber()} of "
        )
        canvas.saveState()
        canvas.translate(A4[0] - _MARGIN - _DIGITS, _BOTTOM)
        canvas.doForm(_TOTAL)
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the name of the hook
        """Add a heading to the outline."""
        level = _level(flowable)
        if level is None or not isinstance(flowable, Paragraph):
            return
        key = f"heading-{self._headings}"
        self._headings += 1
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(flowable.getPlainText(), key, level)


class _Numbered(Canvas):
    """A canvas that knows at its end how many pages it has."""

    def save(self) -> None:
        """Draw the number of pages, which every page has left room for."""
        total = self.getPageNumber() - 1
        self.beginForm(_TOTAL)
        self.setFont(_FONT, _FOOT)
        self.setFillColor(PALE)
        self.drawString(0, 0, str(total))
        self.endForm()
        super().save()
