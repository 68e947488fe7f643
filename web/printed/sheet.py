"""Pages of columns: lines are broken, kept together and set below each other; each page has its running head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import reportlab
from anyascii import anyascii
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
MARGIN = 18 * mm
TOP = HEIGHT - 24 * mm
BOTTOM = 18 * mm
GAP = 7 * mm

#: Where fonts with many letters lie; the last is part of reportlab and always there.
_FONTS = (
    (
        "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSerif-Bold.ttf",
    ),
    ("/usr/share/fonts/TTF/DejaVuSerif.ttf", "/usr/share/fonts/TTF/DejaVuSerif-Bold.ttf"),
    (
        str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"),
        str(Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"),
    ),
)
PLAIN, BOLD = "Silang", "Silang-Bold"


@lru_cache(maxsize=1)
def fonts() -> tuple[TTFont, TTFont]:
    """The plain and the bold face, known to reportlab from then on."""
    plain, bold = next(pair for pair in _FONTS if all(Path(one).exists() for one in pair))
    faces = TTFont(PLAIN, plain), TTFont(BOLD, bold)
    for face in faces:
        pdfmetrics.registerFont(face)
    return faces


@lru_cache(maxsize=4096)
def _writable(character: str) -> str:
    """The character, or how it is spelled in Latin letters where the font does not have it."""
    known = all(ord(character) in face.face.charToGlyph for face in fonts())
    return character if known else anyascii(character)


def writable(text: str) -> str:
    """The text in letters that the font has, on one line."""
    text = " ".join(text.split())
    return text if text.isascii() else "".join(_writable(character) for character in text)


@lru_cache(maxsize=50_000)
def _wide(word: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(word, font, size))


def broken(text: str, font: str, size: float, width: float, indent: float = 0.0) -> list[str]:
    """The text in lines that fit; lines after the first are shorter by `indent`. A word too long is cut."""
    blank = _wide(" ", font, size)
    lines: list[str] = []
    words: list[str] = []
    used = 0.0
    for word in writable(text).split():
        room = width - (indent if lines else 0.0)
        wide = _wide(word, font, size)
        if words and used + blank + wide > room:
            lines.append(" ".join(words))
            words, used = [], 0.0
            room = width - indent
        while wide > room and len(word) > 1:
            fit = max(1, int(len(word) * room / wide) - 1)
            lines.append(word[:fit])
            word = word[fit:]
            wide = _wide(word, font, size)
            room = width - indent
        used += (blank if words else 0.0) + wide
        words.append(word)
    if words:
        lines.append(" ".join(words))
    return lines


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is set: its text, face, size, and how far it stands to the right, in points."""

    text: str
    font: str = PLAIN
    size: float = 8.0
    indent: float = 0.0


class Book:
    """A PDF that grows page by page: `head` stands above each page, with what the page begins and ends with."""

    def __init__(self, out: BinaryIO, *, title: str, author: str) -> None:
        fonts()
        self.canvas: Any = Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.title = writable(title)
        self.page = 1
        self.columns = 1
        self._column = 0
        self._y = TOP
        self._marks: list[str] = []
        self._empty = True

    # --- pages ---

    def begin(self, columns: int) -> None:
        """Go on with a new page of so many columns."""
        if not self._empty:
            self._end_page()
        self.columns = columns
        self._column, self._y = 0, TOP

    def used(self) -> None:
        """Something was drawn on the page by other means."""
        self._empty = False

    @property
    def width(self) -> float:
        """Of a column, in points."""
        return float(WIDTH - 2 * MARGIN - (self.columns - 1) * GAP) / self.columns

    def chapter(self, text: str, name: str) -> int:
        """A heading over a whole new page, also in the list of bookmarks; returns the page's number."""
        self.canvas.bookmarkPage(name)
        self.canvas.addOutlineEntry(writable(text), name, 0)
        self._empty = False
        self.canvas.setFont(BOLD, 15)
        y = TOP - 6
        for line in broken(text, BOLD, 15, WIDTH - 2 * MARGIN):
            self.canvas.drawString(MARGIN, y, line)
            y -= 19
        self._y = y - 4
        self._top = self._y
        return self.page

    def put(self, lines: Sequence[Line], *, mark: str = "", after: float = 3.0, keep: int = 0) -> None:
        """Set lines below each other, together where a column holds them all; `mark` is for the running head.

        `keep` points more must be free below them, so that a heading does not stand alone.
        """
        tall = sum(line.size * 1.25 for line in lines)
        if self._y - tall - keep < BOTTOM and tall < TOP - BOTTOM:
            self._next_column()
        for line in lines:
            if self._y - line.size < BOTTOM:
                self._next_column()
            self._y -= line.size * 1.25
            self.canvas.setFont(line.font, line.size)
            self.canvas.drawString(self._left + line.indent, self._y, line.text)
            self._empty = False
        if mark:
            self._marks.append(mark)
        self._y -= after

    @property
    def _left(self) -> float:
        return float(MARGIN + self._column * (self.width + GAP))

    _top = TOP

    def _next_column(self) -> None:
        if self._column + 1 < self.columns:
            self._column += 1
            self._y = self._top
            return
        self._end_page()
        self._column, self._y = 0, TOP

    def _end_page(self) -> None:
        self._furniture()
        self.canvas.showPage()
        self.page += 1
        self._marks = []
        self._top = TOP
        self._empty = True

    def _furniture(self) -> None:
        """The running head and the page's number; none on the first page."""
        if self.page == 1:
            return
        y = HEIGHT - 15 * mm
        self.canvas.setFont(PLAIN, 7.5)
        self.canvas.drawString(MARGIN, y, broken(self.title, PLAIN, 7.5, WIDTH / 2 - MARGIN)[0])
        if self._marks:
            ends = dict.fromkeys((self._marks[0], self._marks[-1]))
            text = " \u2013 ".join(broken(mark, PLAIN, 7.5, WIDTH / 5)[0] for mark in ends if mark.strip())
            self.canvas.drawRightString(WIDTH - MARGIN, y, text)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(MARGIN, y - 4, WIDTH - MARGIN, y - 4)
        self.canvas.drawCentredString(WIDTH / 2, 10 * mm, str(self.page))

    def save(self) -> int:
        """Write the file; returns how many pages it has."""
        if not self._empty or self.page == 1:
            self._furniture()
            self.canvas.showPage()
            self.page += 1
        self.canvas.save()
        return self.page - 1
