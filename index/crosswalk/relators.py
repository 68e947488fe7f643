"""Who did what: relator codes, and the words by which catalogues in English and Indonesian write them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

#: Roles of those who made the work; everybody else contributed to it. MARC relator codes.
MAKERS = frozenset(
    ("aut", "cre", "cmp", "art", "aus", "arr", "lbt", "lyr", "pht", "ctg", "drt", "prg", "ins", "arc")
)

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "author": "aut",
        "pengarang": "aut",
        "penulis": "aut",
        "primary author": "aut",
        "pengarang utama": "aut",
        "joint author": "aut",
        "creator": "cre",
        "pencipta": "cre",
        "composer": "cmp",
        "komponis": "cmp",
        "artist": "art",
        "editor": "edt",
        "ed": "edt",
        "penyunting": "edt",
        "editorial director": "edt",
        "compiler": "com",
        "penghimpun": "com",
        "penyusun": "com",
        "translator": "trl",
        "trans": "trl",
        "tr": "trl",
        "penerjemah": "trl",
        "illustrator": "ill",
        "ill": "ill",
        "ilustrator": "ill",
        "photographer": "pht",
        "fotografer": "pht",
        "director": "drt",
        "film director": "drt",
        "sutradara": "drt",
        "producer": "pro",
        "produser": "pro",
        "performer": "prf",
        "singer": "sng",
        "narrator": "nrt",
        "cartographer": "ctg",
        "kartografer": "ctg",
        "publisher": "pbl",
        "issuing body": "isb",
        "sponsor": "spn",
        "supervisor": "ths",
        "thesis advisor": "ths",
        "degree supervisor": "ths",
        "pembimbing": "ths",
        "examiner": "exp",
        "penguji": "exp",
        "contributor": "ctb",
        "additional author": "ctb",
        "kontributor": "ctb",
        "writer of introduction": "win",
        "writer of foreword": "win",
        "kata pengantar": "win",
        "host institution": "his",
        "degree granting institution": "dgg",
    }
)


def role(text: str) -> str:
    """The relator code of a code, an address ending in one, or a word; '' when it is none we know."""
    return _code(text[-120:])


@lru_cache(maxsize=2000)
def _code(text: str) -> str:
    word = text.rpartition("/")[2].strip(" .,:;()").casefold()
    if len(word) == 3 and word.isascii() and word.isalpha() and word not in _WORDS:
        return word
    return _WORDS.get(word, "")
