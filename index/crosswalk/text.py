"""Cleaning of the text of descriptions: Unicode form, control characters, ISBD punctuation, broken encodings."""

from __future__ import annotations

import re
from html import unescape
from unicodedata import is_normalized, normalize

#: Caps in characters. A description longer than this is an accident or an attack.
SHORT = 300
LONG = 1000
TEXT = 8000

#: Controls, formatting marks (the direction marks of right-to-left titles among them), lone surrogates and
#: noncharacters. The joiners U+200C and U+200D stay: Persian and Indic words are misspelt without them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff]"
)

#: Words whose full stop is part of them, folded, without the stop.
_ABBREVIATED = (
    "inc ltd co corp dept bros jr sr st dr mr mrs ms prof ed eds rev vol vols no nos pt pts ser etc al cf ca "
    "approx ill illus min hr sec in ft cm fig figs chap ch univ assoc intl natl govt bd hrsg aufl hlm hal "
    "cet jil tbk pt cv drs dra ir sh se mm ph d m sc b a"
)
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())

_BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_LOOSE_TAIL = _BLANKS + "/:;=,+،؛"
_WORD_BEFORE_STOP = re.compile(r"([^\s.\-(\[]+)\.$")
_LONGEST_WORD = 40
_BRACKETS = str.maketrans("", "", "[]")
#: What HTML does not show: scripts, styles, comments, from where to where.
_UNSEEN = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"))
_INLINE = re.compile(
    r"<(i|b|em|strong|sub|sup|u|span|font)(?: [^<>]{0,100})?>([^<>]{0,2000})</\1>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


def clean(text: str | None, cap: int = LONG) -> str:
    """The text in NFC, without control characters, runs of blanks made one, at most `cap` characters long."""
    if not text:
        return ""
    if not text.isascii() and not is_normalized("NFC", text):
        text = normalize("NFC", text)
    if not text.isprintable():
        text = _INVISIBLE.sub("", " ".join(text.split()))
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if len(text) <= cap else text[:cap].rstrip()


def untail(text: str, *, more: bool = False) -> str:
    """Without the ISBD punctuation that only leads to the next element; 'C++' and 'Inc.' stay whole.

    `more` says that another element follows: then a mark goes even when no blank stands before it.
    """
    if more:
        if text[-1:] in "/:;=,+،؛ " and not text.endswith("++"):
            return unstop(text.rstrip(_LOOSE_TAIL))
        return unstop(text)
    if text[-1:] in "/:;=,+،؛":
        text = _untailed(text)
    return unstop(text)


def _untailed(text: str) -> str:
    """Without commas and semicolons at the end, and without other marks that stand behind a blank."""
    kept = text
    while True:
        body = kept.rstrip()
        last = body[-1:]
        if not last or not (last in ";,،؛" or (last in "/:=+" and body[-2:-1].isspace())):
            return text if kept is text else body
        kept = body[:-1]


def unstop(text: str) -> str:
    """Without a final full stop, unless it belongs to an abbreviation, an initial or an ellipsis."""
    if not text.endswith(".") or text.endswith(".."):
        return text
    # From where a longer word would be no abbreviation: looking from the beginning costs as much as the text is long.
    found = _WORD_BEFORE_STOP.search(text, max(0, len(text) - _LONGEST_WORD))
    if found is None:
        return text[:-1] if text[-2:-1] in ")]\"'”’" else text
    word = found.group(1)
    if (len(word) == 1 and word.isalpha()) or word.casefold() in _ABBREVIATIONS:
        return text
    if found.start() >= 1 and text[found.start() - 1] == ".":
        return text  # 'U.S.', 'Ph.D.'
    return text[:-1]


def unbracket(text: str) -> str:
    """Without the brackets by which cataloguers mark what they supplied themselves."""
    return text.translate(_BRACKETS).strip() if "[" in text or "]" in text else text


def _without(text: str, begin: str, end: str) -> str:
    """Without what stands between these marks; in time that grows with the length alone, whatever is nested."""
    folded = text.lower()
    if begin not in folded or len(folded) != len(text):
        return text
    kept = []
    at = 0
    while (start := folded.find(begin, at)) >= 0:
        stop = folded.find(end, start)
        if stop < 0:
            break
        kept.append(text[at:start])
        at = stop + len(end)
    return " ".join([*kept, text[at:]])


def uninline(text: str) -> str:
    """Without pairs of tags that only set words apart, as they stand in titles; 'a <b> & c' stays whole."""
    return _INLINE.sub(r"\2", text) if "</" in text else text


def unmarkup(text: str) -> str:
    """Without HTML, which repositories put into descriptions, tags and named characters; '3 < 4' and 'R&D' stay."""
    text = text[: 5 * TEXT]
    if "&" in text and _ENTITY.search(text):
        text = _ENTITY.sub(lambda found: unescape(found.group(0)), text)
    if "<" not in text:
        return text
    text = uninline(text)
    for begin, end in _UNSEEN:
        text = _without(text, begin, end)
    return _MARKUP.sub(" ", text)


def distinct(texts: list[str], cap: int = 100) -> tuple[str, ...]:
    """Each text once, by letters and digits only, in order, the first `cap` of them."""
    if len(texts) < 2:
        return tuple(t for t in texts if t)
    seen: dict[str, str] = {}
    for text in texts:
        if text:
            seen.setdefault(letters(text), text)
    return tuple(seen.values())[:cap]


def letters(text: str) -> str:
    """Letters and digits only, folded: what two spellings of one string have in common."""
    return _NOT_LETTERS.sub("", text).casefold() or text


_NOT_LETTERS = re.compile(r"[\W_]+")
