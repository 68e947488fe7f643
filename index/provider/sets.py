"""The sets of the union catalogue: one for each library, one for each hundred of the Dewey classes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

#: A setSpec by the schema: parts of unreserved characters, with colons between them.
SPEC = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
_NOT_IN_SPEC = re.compile(r"[^A-Za-z0-9\-_.!~*'()]")
_DEWEY = re.compile(r"([0-9])[0-9]{2}(?:\.[0-9]+)?(?![0-9])")

#: Everything that any library has: the parent of all libraries' sets.
LIBRARIES = "library"

#: Everything that has a Dewey number: the parent of the sets by class.
CLASSES = "class"
HUNDREDS = tuple(f"{digit}00" for digit in range(10))


def of_library(code: str) -> str:
    """'library:MLT'."""
    return f"{LIBRARIES}:{_NOT_IN_SPEC.sub('_', code)}"


def of_class(hundred: str) -> str:
    """'class:200'."""
    return f"{CLASSES}:{hundred}"


def hundreds(classes: Iterable[str]) -> tuple[str, ...]:
    """The hundreds that the Dewey numbers among these texts fall in, without repeating; other schemes have none."""
    found = (_DEWEY.match(text.strip()) for text in classes)
    return tuple(dict.fromkeys(f"{number[1]}00" for number in found if number))


def member_of(library_codes: Iterable[str], classes: Iterable[str]) -> frozenset[str]:
    """The sets, parents included, of what these libraries have and what is classed so.

    'library' itself is in no list: everything is in it.
    """
    by_class = [of_class(hundred) for hundred in hundreds(classes)]
    parents = [CLASSES] if by_class else []
    return frozenset([*(of_library(code) for code in library_codes), *by_class, *parents])


def named(specs: Collection[str]) -> tuple[str, ...]:
    """The sets as a header names them: sorted, without parents, since a member of a set is one of its parents'."""
    parents = {spec.rpartition(":")[0] for spec in specs}
    return tuple(sorted(spec for spec in specs if spec not in parents))
