"""Languages, however they are written, to ISO 639-2/B."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

#: ISO 639-2 has two codes for these: terminology → bibliographic.
_PAIRS = (
    "sqi:alb hye:arm eus:baq bod:tib ces:cze cym:wel deu:ger ell:gre fas:per fra:fre isl:ice kat:geo "
    "mkd:mac mri:mao msa:may mya:bur nld:dut ron:rum slk:slo zho:chi"
)
_TERMINOLOGY: Mapping[str, str] = MappingProxyType({p[:3]: p[4:] for p in _PAIRS.split()})

#: Codes that name no language, and MARC's fill characters.
_NONE = frozenset(("und", "zxx", "mul", "mis", "xxx", "n/a", "|||"))

#: Names in use in our members' catalogues that pycountry does not know.
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "indonesia": "ind",
        "bahasa indonesia": "ind",
        "inggris": "eng",
        "bahasa inggris": "eng",
        "arab": "ara",
        "bahasa arab": "ara",
        "belanda": "dut",
        "jerman": "ger",
        "perancis": "fre",
        "prancis": "fre",
        "jepang": "jpn",
        "mandarin": "chi",
        "cina": "chi",
        "tionghoa": "chi",
        "korea": "kor",
        "rusia": "rus",
        "spanyol": "spa",
        "italia": "ita",
        "portugis": "por",
        "melayu": "may",
        "malaysia": "may",
        "malay": "may",
        "jawa": "jav",
        "sunda": "sun",
        "bali": "ban",
        "madura": "mad",
        "minangkabau": "min",
        "bugis": "bug",
        "aceh": "ace",
        "batak": "btk",
        "banjar": "bjn",
        "sasak": "sas",
        "makassar": "mak",
        "turki": "tur",
        "persia": "per",
        "sanskerta": "san",
        "yunani": "gre",
        "english (us)": "eng",
        "chinese": "chi",
        "greek": "gre",
    }
)


def language_code(text: str) -> str:
    """The ISO 639-2/B code of a code or name ('id', 'ind', 'id-ID', 'Indonesia', 'fra'); '' when unknown."""
    return _code(text[:60])


@lru_cache(maxsize=4096)
def _code(text: str) -> str:
    word = text.strip().casefold()
    if word in _NONE or not word:
        return ""
    if len(word) == 3 and word.isascii() and word.isalpha():
        return _TERMINOLOGY.get(word, word)
    if word in _NAMES:
        return _NAMES[word]
    if len(word) > 2 and word[2] in "-_":
        word = word[:2]
    return _known().get(word, "")


def language_codes(text: str) -> tuple[str, ...]:
    """The codes of MARC 041, where older records write several in one subfield ('engfre')."""
    if 3 < len(text) < 100 and len(text) % 3 == 0 and text.isascii() and text.isalpha():
        parts = [text[i : i + 3] for i in range(0, len(text), 3)]
        return tuple(code for part in parts if (code := language_code(part)))
    code = language_code(text)
    return (code,) if code else ()


@cache
def _known() -> Mapping[str, str]:
    """Two-letter codes and English names → code. Loaded at first need: it is a big list."""
    import pycountry

    known: dict[str, str] = {}
    for entry in pycountry.languages:
        code = getattr(entry, "bibliographic", entry.alpha_3)
        if len(code) == 3:
            known.setdefault(entry.name.casefold(), code)
        if two := getattr(entry, "alpha_2", ""):
            known[two] = code
            known[entry.name.casefold()] = code
    return known


#: Definite articles that open a title, by language. Only these are safe without the cataloguer's count.
ARTICLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "eng": ("the ",),
        "ger": ("der ", "die ", "das "),
        "fre": ("le ", "la ", "les ", "l'", "l’"),
        "dut": ("de ", "het "),
        "spa": ("el ", "la ", "los ", "las "),
        "ita": ("il ", "lo ", "la ", "gli ", "le ", "l'", "l’"),
        "por": ("os ", "as "),
        "ara": ("al-",),
    }
)


def article_length(title: str, language: str) -> int:
    """How many characters of a title are its definite article with the blank; 0 when it has none."""
    head = title[:5].casefold()
    for article in ARTICLES.get(language, ()):
        if head.startswith(article) and len(title) > len(article):
            return len(article)
    return 0
