"""The printed catalogue put together: cover, contents, locations, entries, and the indexes of authors and titles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from foundation import libraries
from foundation.db import Database
from foundation.libraries import Library
from index import views
from index.folding import fold
from index.views import Cluster
from web import formats, texts
from web.printed.entry import Entry, dewey, entry, key
from web.printed.scratch import Scratch
from web.printed.sheet import BOLD, MARGIN, PLAIN, TOP, WIDTH, Book, Line, broken, writable

#: Clusters read at once.
_LOT = 200
Report = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is printed: everything or what one library has (by id), all classes or those that begin so."""

    title: str
    order: str = "class"
    library_id: str = ""
    dewey: str = ""
    language: str = "id"


def write(db: Database, wish: Wish, out: BinaryIO, *, now: datetime, report: Report) -> Mapping[str, int]:
    """Write the PDF; returns titles and pages. `report` hears how far it is, and may raise to end it.

    Entries are sorted on disk and read some hundred at a time, so memory does not grow with the catalogue, but for
    the compressed pages themselves.
    """
    scratch = Scratch()
    try:
        with db.read() as c:
            members = {one.id: one for one in libraries.every(c)}
        _gather(db, wish, scratch, report)
        return _Printing(db, wish, scratch, members, now, report).run(out)
    finally:
        scratch.close()


def _gather(db: Database, wish: Wish, scratch: Scratch, report: Report) -> None:
    after = 0
    while True:
        with db.read() as c:
            changed = views.changes(c, after, _LOT)
            found = views.several(c, [change.id for change in changed if not change.gone])
        if not changed:
            return
        after = changed[-1].position
        scratch.add((key(one, wish.order), one.id) for one in found.values() if _wanted(one, wish))
        report(0, None)


def _wanted(cluster: Cluster, wish: Wish) -> bool:
    if wish.library_id and wish.library_id not in cluster.by_library():
        return False
    return not wish.dewey or dewey(cluster).startswith(wish.dewey)


class _Printing:
    """One run: what it prints from, and where it stands."""

    def __init__(
        self,
        db: Database,
        wish: Wish,
        scratch: Scratch,
        members: Mapping[str, Library],
        now: datetime,
        report: Report,
    ) -> None:
        self.db, self.wish, self.scratch, self.members = db, wish, scratch, members
        self.now, self.report = now, report
        self.codes = {one.id: one.code for one in members.values()}
        self.total = scratch.count()
        self.contents: list[tuple[str, int]] = []
        self.held: set[str] = set()

    def say(self, name: str, **values: object) -> str:
        """A text of the printed catalogue."""
        return texts.say(f"printed.{name}", self.wish.language, **values)

    def run(self, out: BinaryIO) -> Mapping[str, int]:
        """All of it, from the cover to the last index."""
        book = Book(out, title=self.wish.title, author=self.say("author"))
        self._cover(book)
        book.begin(1)
        book.canvas.doForm("contents")  # drawn when all pages are known
        book.chapter(self.say("contents"), "contents")
        book.begin(2)
        titles = self._entries(book)
        self._index(book, "name")
        self._index(book, "title")
        self._locations(book)
        self._contents(book)
        return {"titles": titles, "pages": book.save()}

    # --- before the entries ---

    def _cover(self, book: Book) -> None:
        canvas = book.canvas
        y = TOP - 150
        for line in broken(self.wish.title, BOLD, 26, WIDTH - 2 * MARGIN):
            canvas.setFont(BOLD, 26)
            canvas.drawString(MARGIN, y, line)
            y -= 32
        lines = [
            self.say(f"order.{self.wish.order}"),
            *([self.members[self.wish.library_id].name] if self.wish.library_id else []),
            *([self.say("only_class", number=self.wish.dewey)] if self.wish.dewey else []),
            self.say("stand", day=formats.day_of(self.now, self.wish.language)),
            self.say("titles", n=self.total, count=formats.count(self.total, self.wish.language)),
        ]
        y -= 12
        canvas.setFont(PLAIN, 12)
        for text in lines:
            canvas.drawString(MARGIN, y, writable(text))
            y -= 18
        book.used()

    def _contents(self, book: Book) -> None:
        """The list of parts with their pages, on the page that was kept for it."""
        canvas = book.canvas
        canvas.beginForm("contents")
        y = TOP - 40
        for text, page in self.contents:
            canvas.setFont(PLAIN, 10.5)
            canvas.drawString(MARGIN, y, writable(text))
            canvas.drawRightString(WIDTH - MARGIN, y, str(page))
            y -= 17
        canvas.setFont(PLAIN, 8.5)
        y -= 12
        for line in broken(self.say("how_to"), PLAIN, 8.5, WIDTH - 2 * MARGIN):
            canvas.drawString(MARGIN, y, line)
            y -= 11.5
        canvas.endForm()

    # --- entries ---

    def _entries(self, book: Book) -> int:
        number = 0
        group = None
        word = self.say("copies")
        if not self.total:
            self.contents.append((self.say("entries"), book.chapter(self.say("entries"), "entries")))
            book.put([Line(text) for text in broken(self.say("nothing"), PLAIN, 8, book.width)])
        for lot in self.scratch.lots():
            with self.db.read() as c:
                found = views.several(c, lot)
            for cluster_id in lot:
                cluster = found.get(cluster_id)
                if cluster is None:  # it went meanwhile
                    continue
                number += 1
                one = entry(cluster, self.codes, word)
                self.held.update(cluster.by_library())
                group = self._heading(book, one, group)
                self._put(book, number, one)
                self.scratch.note(("name", fold(text), text, number) for text in one.names)
                self.scratch.note(("title", fold(text), text, number) for text in one.titles)
            self.report(number, self.total)
        return number

    def _heading(self, book: Book, one: Entry, before: str | None) -> str:
        """A new chapter where the hundred changes, or the one chapter of the other orders."""
        if self.wish.order == "class":
            group = f"{one.dewey[0]}00" if one.dewey else "none"
        else:
            group = "all"
        if group == before:
            return group
        if before is not None:
            book.begin(2)
        text = self.say("entries") if group == "all" else self.say(f"class.{group}")
        if group not in ("all", "none"):
            text = f"{group} {text}"
        self.contents.append((text, book.chapter(text, f"part-{group}")))
        return group

    def _put(self, book: Book, number: int, one: Entry) -> None:
        width, indent = book.width, 12.0
        head = f"{number}. {one.heading}" if one.heading else f"{number}."
        lines = [Line(text, BOLD) for text in broken(head, BOLD, 8, width)]
        told = f"{one.title}. \u2014 {one.text}" if one.text else one.title
        lines += [Line(text, indent=indent) for text in broken(told, PLAIN, 8, width - indent)]
        if one.dewey and self.wish.order != "class":
            lines += [Line(one.dewey, indent=indent)]
        places = f"{one.dewey + '  ' if self.wish.order == 'class' and one.dewey else ''}{one.places}"
        lines += [Line(text, BOLD, 7.5, indent) for text in broken(places, BOLD, 7.5, width - indent)]
        mark = {"class": one.dewey, "author": one.heading or one.title, "title": one.title}[self.wish.order]
        book.put(lines, mark=mark)

    # --- after the entries ---

    def _index(self, book: Book, kind: str) -> None:
        book.begin(3)
        heading = self.say(f"index.{kind}")
        self.contents.append((heading, book.chapter(heading, f"index-{kind}")))
        width = book.width
        for place, (shown, numbers) in enumerate(self.scratch.index(kind)):
            text = f"{shown}, {', '.join(map(str, numbers))}"
            lines = broken(text, PLAIN, 7.5, width, 8.0)
            book.put(
                [Line(line, size=7.5, indent=8.0 if at else 0.0) for at, line in enumerate(lines)],
                mark=shown,
                after=0.5,
            )
            if place % 1000 == 0:
                self.report(self.total, self.total)

    def _locations(self, book: Book) -> None:
        book.begin(1)
        heading = self.say("locations")
        self.contents.append((heading, book.chapter(heading, "locations")))
        for one in sorted(self.members.values(), key=lambda member: member.code):
            if one.id not in self.held:
                continue
            told = " \u2014 ".join(
                text
                for text in (
                    one.symbol.partition(":")[2],
                    one.address.replace("\n", ", "),
                    one.phone,
                    one.email,
                )
                if text
            )
            lines = [
                Line(text, BOLD, 9.5) for text in broken(f"{one.code}   {one.name}", BOLD, 9.5, book.width)
            ]
            lines += [Line(text, size=8.5, indent=12) for text in broken(told, PLAIN, 8.5, book.width - 12)]
            book.put(lines, mark=one.code, after=6)
