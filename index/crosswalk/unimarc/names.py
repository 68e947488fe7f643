"""Persons and bodies of a UNIMARC record: 7XX, with the number that says what each did."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from index.crosswalk.marcform import Marc
from index.crosswalk.relators import MAKERS, role
from index.crosswalk.text import SHORT, clean, untail
from index.record import Name

#: UNIMARC's numbers → MARC relator codes. Source: UNIMARC Manual, Appendix C.
_NUMBERS = (
    "005 act 010 adp 020 ann 030 arr 040 art 065 auc 070 aut 072 aqt 075 aft 080 aui 090 aut 100 ant 110 bnd 130 bkd "
    "160 bsl 180 ctg 190 cns 205 ctb 210 cmm 212 cwt 220 com 230 cmp 233 com 245 ccp 250 cnd 257 cns 270 crr 275 dnc "
    "280 dte 290 dto 295 dgg 300 drt 305 dis 310 dst 320 dnr 330 dub 340 edt 350 egr 360 etr 370 flm 390 fmo 400 fnd "
    "410 art 420 hnr 430 ilu 440 ill 460 ive 470 ivr 480 lbt 490 lse 500 lso 510 ltg 520 lyr 545 mus 550 nrt 557 orm "
    "570 oth 575 oth 580 pop 590 prf 600 pht 605 prs 610 prt 620 prm 630 pro 632 pro 635 prg 640 pfr 650 pbl 651 pbd "
    "660 rcp 670 rce 673 rth 675 rev 677 rth 690 sce 695 sad 700 scr 705 scl 710 sec 720 sgn 721 sng 723 spn 727 ths "
    "730 trl 740 tyd 755 voc 770 wit 956 pra 958 pra"
)
_words = _NUMBERS.split()
_ROLES: Mapping[str, str] = MappingProxyType(dict(zip(_words[::2], _words[1::2], strict=True)))
_MOST = 100


def names(marc: Marc) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Authors and contributors: 700, 701, 710, 711 and 720 made the work unless their role says otherwise,
    702, 712 and 722 did not unless theirs does."""
    authors: dict[str, Name] = {}
    others: dict[str, Name] = {}
    for tag in ("700", "710", "720", "701", "711", "721", "702", "712", "722"):
        for _, second, subfields in marc.fields.get(tag, ()):
            name = _name(tag, second, subfields)
            if not name.text:
                continue
            made = name.role in MAKERS or (not name.role and tag[2] != "2")
            (authors if made else others).setdefault(name.text, name)
    contributors = [name for text, name in others.items() if text not in authors]
    return tuple(authors.values())[:_MOST], tuple(contributors)[:_MOST]


def _name(tag: str, second: str, subfields: list[tuple[str, str]]) -> Name:
    corporate = tag[1] == "1"
    main = rest = said = dates = ""
    added: list[str] = []
    for code, raw in subfields:
        text = untail(clean(raw, SHORT))
        if not text:
            continue
        if code == "a" and not main:
            main = text
        elif code == "b":
            rest = f"{rest} {text}".strip()
        elif code == "4" and not said:
            said = _ROLES.get(text.strip()[:3], "") or role(text)
        elif code == "f" and not corporate:
            dates = text[:60].strip("()")
        elif code in "cd" or (corporate and code in "ef"):
            added.append(text.strip("()"))
    if corporate:
        text = f"{main}. {rest}" if main and rest else main or rest
    else:
        # Second indicator 0: the name stands in direct order.
        text = (f"{main} {rest}" if second == "0" else f"{main}, {rest}") if main and rest else main or rest
    if text and added:
        text = f"{text} ({' ; '.join(added)})"
    return Name(text=text[:SHORT], role=said, corporate=corporate, dates="" if corporate else dates)
