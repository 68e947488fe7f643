"""Single fields of MARC 21 → what they say. Those that many records share are read once: a list of hits repeats itself."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from index.crosswalk.languages import language_code, language_codes
from index.crosswalk.marcfields import heading
from index.crosswalk.marcnames import name_of
from index.crosswalk.text import SHORT, clean, letters, unbracket, unstop, untail
from index.live.lean.raw import pairs
from index.record import Name

#: Fields that are remembered at a time, of each kind; longer ones are read anew each time.
REMEMBERED = 8192
_LONGEST = 400
#: What `untail` may cut: marks that close an element, marks that lead to the next behind a blank.
_CLOSING, _LEADING = ";,،؛", "/:=+"
_TAILS = "/:;=,+،؛."
_LOOSE = " /:;=,+،؛"
#: No abbreviation of `index.crosswalk.text` has so many letters.
_SHORT_WORD = 7

HEADING = frozenset("abcdfghklmnopqrst")
SUBDIVISION = frozenset("vxyz")


def trimmed(text: str, cap: int = 1000) -> str:
    """`untail(clean(text))`."""
    text = clean(text, cap)
    return ended(text) if text[-1:] in _TAILS else text


def ended(text: str) -> str:
    """`untail(text)` of a cleaned text, in which a blank is the only white space."""
    while text:
        last = text[-1]
        if last in _CLOSING or (last in _LEADING and text[-2:-1] == " "):
            text = text[:-1].rstrip(" ")
        elif last == ".":
            return unstopped(text)
        else:
            break
    return text


def led(text: str) -> str:
    """`untail(text, more=True)` of a cleaned text."""
    if text[-1:] not in _TAILS or not text:
        return text
    if text[-1] != "." and text[-2:] != "++":
        text = text.rstrip(_LOOSE)
    return unstopped(text) if text[-1:] == "." else text


def unstopped(text: str) -> str:
    """`unstop(text)` of a cleaned text: where a word of many letters ends it, its stop goes without a further look."""
    if text[-1:] != "." or text[-2:] == "..":
        return text
    start = max(text.rfind(" ", 0, -1), text.rfind(".", 0, -1), text.rfind("-", 0, -1)) + 1
    word = text[start:-1]
    if len(word) < _SHORT_WORD:
        return text[:-1] if _stop_goes(text[-_SHORT_WORD - 2 :]) else text
    if "(" in word or "[" in word:
        return unstop(text)
    return text if start and text[start - 1] == "." else text[:-1]


@lru_cache(maxsize=4096)
def _stop_goes(tail: str) -> bool:
    """Whether `unstop` takes the stop from a text that ends so, with a short word, its stop and what stands before it."""
    return unstop(tail) != tail


def joined(content: str, codes: str, cap: int = 1000) -> str:
    """The texts of these subfields joined by blanks, without the tail."""
    return trimmed(spaced(content, codes), cap)


def spaced(content: str, codes: str) -> str:
    """The texts of these subfields joined by blanks, as they are."""
    rest = content[3:]
    if "\x1f" not in rest:
        return rest[1:] if rest[0] in codes else ""
    return " ".join([piece[1:] for piece in rest.split("\x1f") if piece[0] in codes])


def first_of(content: str, code: str) -> str:
    """The first subfield of this code; '' when there is none."""
    at = content.find("\x1f" + code)
    if at < 0:
        return ""
    end = content.find("\x1f", at + 2)
    return content[at + 2 :] if end < 0 else content[at + 2 : end]


def first_in(contents: list[str] | None, code: str) -> str:
    """The first subfield of this code in these fields."""
    for content in contents or ():
        mark = "\x1f" + code
        if mark in content:
            return first_of(content, code)
    return ""


def unlike(texts: list[str], cap: int) -> tuple[str, ...]:
    """`distinct`, folding only texts that can be alike: those with as many of some letters, capital or small."""
    if len(texts) < 2:
        return tuple([text for text in texts if text])
    if "" in texts:
        return unlike([text for text in texts if text], cap)
    small = [text.lower() for text in texts]
    marks = [(t.count("a"), t.count("e"), t.count("i"), t.count("t")) for t in small]
    if len(set(marks)) == len(marks):
        return tuple(texts[:cap])
    often = Counter(marks)
    seen: dict[object, str] = {}
    for text, mark in zip(texts, marks, strict=True):
        seen.setdefault(mark if often[mark] == 1 else _letters(text), text)
    return tuple(seen.values())[:cap]


_letters = lru_cache(maxsize=REMEMBERED)(letters)


@lru_cache(maxsize=REMEMBERED)
def _subject(content: str) -> str:
    return heading(pairs(content), HEADING, SUBDIVISION)


def subject(content: str) -> str:
    """A field of 6XX: 'Heading -- subdivision'."""
    return _subject(content) if len(content) <= _LONGEST else heading(pairs(content), HEADING, SUBDIVISION)


@lru_cache(maxsize=REMEMBERED)
def _person(tag: str, content: str) -> tuple[Name, str]:
    subfields = pairs(content)
    titles = [text for code, text in subfields if code == "t"]
    if titles and tag[0] == "7":
        return _NOBODY, untail(clean(" ".join(titles)))
    return name_of(tag, subfields), ""


_NOBODY = Name(text="")


def person(tag: str, content: str) -> tuple[Name, str]:
    """A field of 1XX or 7XX: the name, or the title of the work that it is an entry for."""
    return _person(tag, content) if len(content) <= _LONGEST else _person.__wrapped__(tag, content)


@lru_cache(maxsize=REMEMBERED)
def _series(content: str, codes: str) -> str:
    return joined(content, codes, SHORT)


def series(content: str, codes: str) -> str:
    """A field of 4XX or 8XX."""
    return _series(content, codes) if len(content) <= _LONGEST else joined(content, codes, SHORT)


@lru_cache(maxsize=REMEMBERED)
def _note(content: str) -> str:
    return clean(" ".join([p[1:] for p in content[3:].split("\x1f") if p[0].isalpha() and p[0] not in "uwx"]))


def note(content: str) -> str:
    """A field of 5XX."""
    return _note(content) if len(content) <= _LONGEST else _note.__wrapped__(content)


@lru_cache(maxsize=1024)
def languages(coded: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """008/35-37, then 041 $a $d of these fields."""
    codes = []
    if code := language_code(coded):
        codes.append(code)
    for content in others:
        for name, text in pairs(content):
            if name in "ad":
                codes.extend(language_codes(text))
    return tuple(dict.fromkeys(codes))


@lru_cache(maxsize=REMEMBERED)
def imprint_name(text: str) -> str:
    """A publisher or a place, cleaned before, without brackets and the mark that leads on."""
    return unbracket(led(unbracket(text)))


#: What is remembered here: for measurements that must not profit from it.
REMEMBERING = (_subject, _person, _series, _note, languages, imprint_name, _letters)
