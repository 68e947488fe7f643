"""Pull slips as PDF: several to an A4 sheet, each with the attempt's code as Code 128. Knows no patron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

PER_SHEET = 4
_MARGIN = 12 * mm

#: What a slip shows, in this order: first what somebody at the shelves needs. Labels come from the catalogue of texts.
LABELS = (
    "call_number",
    "location",
    "title",
    "author",
    "edition",
    "for_library",
    "need_by",
    "due_on",
    "service",
    "note",
)

#: Point sizes of what stands out, and how many lines some may take.
_SIZES = {"call_number": 13.0}
_MOST = {"title": 3, "note": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One slip. `code` is the attempt's; dates and service come as text, in the reader's language."""

    code: str
    title: str
    author: str = ""
    edition: str = ""
    call_number: str = ""
    location: str = ""
    for_library: str = ""
    need_by: str = ""
    due_on: str = ""
    service: str = ""
    note: str = ""


def pdf(slips: Sequence[Slip], labels: Mapping[str, str]) -> bytes:
    """The slips as one PDF, PER_SHEET to an A4 sheet, in the given order.

    `labels` has a text for each of LABELS, 'heading', and may have 'lender' (the library's own name). An empty list
    gives one empty sheet.
    """
    stream = BytesIO()
    width, height = A4
    canvas = Canvas(stream, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(labels.get("heading", ""))
    tall = (height - 2 * _MARGIN) / PER_SHEET
    for place, slip in enumerate(slips):
        row = place % PER_SHEET
        if place and row == 0:
            canvas.showPage()
        top = height - _MARGIN - row * tall
        _draw(canvas, slip, labels, _MARGIN, top, width - 2 * _MARGIN, tall)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw(
    canvas: Any, slip: Slip, labels: Mapping[str, str], left: float, top: float, wide: float, tall: float
) -> None:
    canvas.setDash(2, 3)
    canvas.line(left, top - tall + 2 * mm, left + wide, top - tall + 2 * mm)
    canvas.setDash()
    regular, bold = _fonts()
    canvas.setFont(bold, 10)
    canvas.drawString(left, top - 6 * mm, labels.get("heading", ""))
    canvas.setFont(regular, 8)
    canvas.drawRightString(left + wide, top - 6 * mm, labels.get("lender", ""))
    bars = Code128(slip.code, barHeight=11 * mm, barWidth=1, humanReadable=False, quiet=True)
    bars.drawOn(canvas, left + wide - bars.width, top - 21 * mm)
    canvas.setFont("Courier", 9)
    canvas.drawRightString(left + wide - 3 * mm, top - 25 * mm, slip.code)
    room = wide - bars.width - 4 * mm
    y = top - 13 * mm
    for name in LABELS:
        value = str(getattr(slip, name))
        if not value:
            continue
        wide_here = room if y > top - 27 * mm else wide
        size, font = _SIZES.get(name, 9.5), bold if name in ("call_number", "title") else regular
        for number, line in enumerate(_lines(value, font, size, wide_here - 32 * mm, _MOST.get(name, 2))):
            if y < top - tall + 4 * mm:
                return
            if number == 0:
                canvas.setFont(regular, 7.5)
                canvas.drawString(left, y, labels.get(name, name))
            canvas.setFont(font, size)
            canvas.drawString(left + 32 * mm, y, line)
            y -= 4.6 * mm if size < 12 else 5.6 * mm


def _lines(text: str, font: str, size: float, wide: float, most: int) -> list[str]:
    """The text in at most so many lines; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    line = ""
    words = text.split()
    for place, word in enumerate(words):
        wider = f"{line} {word}".strip()
        if stringWidth(wider, font, size) <= wide or not line:
            line = wider
            continue
        if len(lines) == most - 1:
            line = _cut(f"{line} {' '.join(words[place:])}", font, size, wide)
            break
        lines.append(line)
        line = word
    return [*lines, _cut(line, font, size, wide)]


def _cut(text: str, font: str, size: float, wide: float) -> str:
    if stringWidth(text, font, size) <= wide:
        return text
    while text and stringWidth(text + "…", font, size) > wide:
        text = text[:-1]
    return text.rstrip() + "…"


#: A font with more than Latin letters, where the system has one; the PDF's own fonts know Latin only.
_WIDE = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
)


def _fonts() -> tuple[str, str]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if "SlipWide" in pdfmetrics.getRegisteredFontNames():
        return "SlipWide", "SlipWideBold"
    if not all(Path(path).is_file() for path in _WIDE):
        return "Helvetica", "Helvetica-Bold"
    pdfmetrics.registerFont(TTFont("SlipWide", _WIDE[0]))
    pdfmetrics.registerFont(TTFont("SlipWideBold", _WIDE[1]))
    return "SlipWide", "SlipWideBold"
