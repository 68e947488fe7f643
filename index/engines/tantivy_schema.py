"""How a document lies in a tantivy index: its tokens, already analysed, and the keys by which hits are ordered."""

from __future__ import annotations

import tantivy

from index.analysis import GAP, SORT_BYTES
from index.engines.ranking import prior
from index.plan import doc_tokens
from index.search import IndexDoc

#: Raise it when a document is laid out in another way.
LAYOUT = 3

#: Fields whose words stand in an order, by the name of their field here: the document's own `any` is only the rest.
IN_ORDER = {
    "title": "title",
    "author": "author",
    "subject": "subject",
    "publisher": "publisher",
    "series": "series",
    "any": "rest",
}

#: Fields whose tokens are whole values.
WHOLE = (
    "isbn",
    "issn",
    "identifier",
    "call_number",
    "held",
    "region",
    "stems",
    "heading",
)

#: Fields whose values are counted too.
COUNTED = ("library", "availability", "language", "format", "subject_facet", "sale")

#: What hits can be ordered by; each key ends with the id, so that no two are equal.
ORDERS = ("title", "author", "year", "year_up", "added", "id")

#: So many first words of a title are found as its beginning by one term; many titles begin with the same few words.
BEGINNINGS = 8

#: Marks every document that is one (the position has a document of its own).
LIVE = "live"

#: Columns of the first bytes of an id, eight in each: equals are put in order by them without fetching documents.
ID_KEYS = ("id_0", "id_8", "id_16")

_FAR = 10**12


def schema() -> tantivy.Schema:
    """The fields. Text was analysed before, so tantivy splits at blanks or not at all."""
    made = tantivy.SchemaBuilder()
    made.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in IN_ORDER.values():
        made.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("any", LIVE, "lead", "begins", *WHOLE):
        made.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in COUNTED:
        made.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ORDERS:
        made.add_text_field(f"by_{name}", tokenizer_name="raw", index_option="basic", fast=True)
    for name in ID_KEYS:
        made.add_unsigned_field(name, fast=True)
    made.add_integer_field("year", indexed=True, fast=True)
    made.add_float_field("prior", fast=True)
    made.add_text_field("brief", stored=True, tokenizer_name="raw", index_option="basic")
    made.add_integer_field("position", stored=True)
    return made.build()


def document(doc: IndexDoc) -> tantivy.Document:
    """A document as tantivy takes it."""
    made = tantivy.Document()
    made.add_text("id", doc.id)
    made.add_text(LIVE, "1")
    for name, field in IN_ORDER.items():
        for line in _lines(getattr(doc, name)):
            made.add_text(field, line)
    for token in doc_tokens(doc, "any"):
        made.add_text("any", token)
    for name in (*WHOLE, *COUNTED):
        for token in dict.fromkeys(getattr(doc, name)):
            made.add_text(name, token)
    for number, name in enumerate(ID_KEYS):
        eight = doc.id.encode()[8 * number : 8 * number + 8]
        made.add_unsigned(name, int.from_bytes(eight.ljust(8, b"\0"), "big"))
    if doc.year is not None:
        made.add_integer("year", doc.year)
    # tantivy multiplies a score by log2(2 + value), in single precision: half of the prior comes out, exactly.
    made.add_float("prior", 2.0 ** (prior(doc) // 2))
    title = doc.sort_title.encode()[:SORT_BYTES]
    made.add_text("lead", lead_key(title))
    words = title.split(b" ")
    for number in range(1, min(len(words), BEGINNINGS + 1)):
        made.add_text("begins", lead_key(b" ".join(words[:number])))
    for name, key in _orders(doc).items():
        made.add_text(f"by_{name}", key)
    made.add_text("brief", doc.brief)
    return made


def lead_key(title: bytes) -> str:
    """The sort key of a title as text that begins as the bytes begin."""
    return title.hex() or "-"


def _lines(tokens: tuple[str, ...]) -> list[str]:
    """Values of a field, each a line; tantivy leaves a gap between values that no phrase crosses."""
    lines: list[list[str]] = [[]]
    for token in tokens:
        if token == GAP:
            lines.append([])
        else:
            lines[-1].append(token)
    return [" ".join(line) for line in lines if line]


def _orders(doc: IndexDoc) -> dict[str, str]:
    title, author = (text.encode()[:SORT_BYTES].hex() for text in (doc.sort_title, doc.sort_author))
    year = doc.year
    return {
        "title": f"{title or '~'} {doc.id}",
        "author": f"{author or '~'} {doc.id}",
        "year": f"{'~' if year is None else f'{100_000 - year:07d}'} {doc.id}",
        "year_up": f"{'~' if year is None else f'{100_000 + year:07d}'} {doc.id}",
        "added": f"{_FAR - doc.added:014d} {doc.id}",
        "id": doc.id,
    }
