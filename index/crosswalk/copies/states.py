"""What the words of a house say of a copy: what can be done with it now, and whether it may leave the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from index.record import Availability

#: Availability, and whether the copy is lent at all (None: the word does not say).
State: TypeAlias = tuple[Availability, bool | None]

NOTHING_SAID: State = (Availability.UNKNOWN, None)

_AVAILABLE: State = (Availability.AVAILABLE, True)
_ON_LOAN: State = (Availability.ON_LOAN, True)
_ON_SITE: State = (Availability.ON_SITE, False)
_ON_ORDER: State = (Availability.ON_ORDER, None)
_IN_PROCESS: State = (Availability.IN_PROCESS, None)
_LOST: State = (Availability.LOST, False)

#: Whole statements, folded.
WORDS: Mapping[str, State] = {
    "available": _AVAILABLE,
    "on shelf": _AVAILABLE,
    "not checked out": _AVAILABLE,
    "tersedia": _AVAILABLE,
    "ada": _AVAILABLE,
    "disponible": _AVAILABLE,
    "on loan": _ON_LOAN,
    "checked out": _ON_LOAN,
    "unavailable": _ON_LOAN,
    "dipinjam": _ON_LOAN,
    "sedang dipinjam": _ON_LOAN,
    "emprunté": _ON_LOAN,
    "library use only": _ON_SITE,
    "in library use only": _ON_SITE,
    "not for loan": _ON_SITE,
    "reference only": _ON_SITE,
    "baca di tempat": _ON_SITE,
    "tidak dipinjamkan": _ON_SITE,
    "tidak untuk dipinjamkan": _ON_SITE,
    "consultation sur place": _ON_SITE,
    "exclu du prêt": _ON_SITE,
    "on order": _ON_ORDER,
    "dipesan": _ON_ORDER,
    "in process": _IN_PROCESS,
    "in cataloging": _IN_PROCESS,
    "diproses": _IN_PROCESS,
    "dalam pengolahan": _IN_PROCESS,
    "diolah": _IN_PROCESS,
    "online": (Availability.ONLINE, None),
    "lost": _LOST,
    "missing": _LOST,
    "withdrawn": _LOST,
    "hilang": _LOST,
}


def state(text: str) -> State:
    """The state that a text names and nothing else; NOTHING_SAID for any other."""
    return WORDS.get(text.strip(" .:[]()").casefold(), NOTHING_SAID) if text else NOTHING_SAID


def stays(text: str) -> bool:
    """Whether a note says somewhere that the copy is not lent."""
    words = text.casefold()
    return any(w in words for w in ("not for loan", "library use", "baca di tempat", "tidak dipinjamkan"))
