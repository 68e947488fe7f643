"""How the terms of a query are sent: the character set of the target, and accents taken off where it has none."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import category, normalize

from index.rpn.dialect import OWN_CHARSETS, Dialect
from index.rpn.tree import Node, Operand, Operator, Rpn

#: Latin letters that have no decomposition.
_LETTERS = str.maketrans(
    {"đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H"}
    | {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"}
    | {"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}
)


def plain(text: str) -> str:
    """Latin, Greek and Cyrillic letters without their accents; the vowel signs of other scripts stay."""
    if text.isascii():
        return text
    split = normalize("NFKD", text.translate(_LETTERS))
    return normalize("NFC", "".join(sign for sign in split if not "\u0300" <= sign <= "\u036f"))


def encoded(text: str, charset: str) -> str | bytes:
    """A term in a character set ('' and UTF-8: text as it is); what the set has not is sent as its base letter.

    Raises UnicodeEncodeError for letters of another script, and LookupError for an unknown set.
    """
    if charset in ("", "utf-8", "utf8") or text.isascii():
        return text
    whole = _encoder(charset)
    text = normalize("NFC", text)
    try:
        return whole(text)
    except UnicodeEncodeError:
        return whole("".join(_sayable(letter, whole) for letter in text))


def _sayable(letter: str, whole: Callable[[str], bytes]) -> str:
    """A letter, or its base letter where the set has not got it."""
    try:
        whole(letter)
    except UnicodeEncodeError:
        return "" if category(letter) == "Mn" else plain(letter)
    return letter


def _encoder(charset: str) -> Callable[[str], bytes]:
    if charset in OWN_CHARSETS:
        from index.crosswalk.marc8write import encoded as marc8

        return marc8
    return lambda text: text.encode(charset)


def spelled(rpn: Rpn, dialect: Dialect) -> Rpn:
    """The query with its terms as the dialect wants them; bytes and numbers stay as they are.

    Raises UnicodeEncodeError where a term cannot be said in the character set of the target.
    """
    if not dialect.charset and not dialect.plain:
        return rpn
    return Rpn(root=_node(rpn.root, dialect), attribute_set=rpn.attribute_set)


def _node(node: Node, dialect: Dialect) -> Node:
    if isinstance(node, Operator):
        return Operator(
            name=node.name,
            left=_node(node.left, dialect),
            right=_node(node.right, dialect),
            proximity=node.proximity,
        )
    if isinstance(node, Operand) and isinstance(node.term, str):
        text = plain(node.term) if dialect.plain else node.term
        return Operand(term=encoded(text, dialect.charset), attributes=node.attributes)
    return node
