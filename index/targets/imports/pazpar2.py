"""pazpar2's target settings: <settings target="host:port/db"><set name="pz:name" value="…"/>… (its settings manual)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from foundation.strictxml import BadXml, XmlLimits, parse
from index.targets.imports.found import LONGEST, MOST, Found, Remark, Unreadable
from index.targets.imports.judging import charset, code_of, judged, syntax

_LIMITS = XmlLimits()

#: CCL qualifiers that pazpar2's manuals use → our access points.
_TERMS = {
    "term": "any",
    "kw": "any",
    "ti": "title",
    "title": "title",
    "au": "author",
    "author": "author",
    "su": "subject",
    "subject": "subject",
    "isbn": "isbn",
    "issn": "issn",
    "date": "year",
    "pub": "publisher",
    "publisher": "publisher",
    "lang": "language",
    "series": "series",
    "jt": "series",
    "id": "id",
}
_CCL = {"u": 1, "r": 2, "p": 3, "s": 4, "t": 5, "c": 6}

#: Settings that say how pazpar2 itself merges and shows, and not how the target is asked.
_OWN = frozenset(
    (
        "pz:xslt",
        "pz:preferred",
        "pz:facetmap",
        "pz:termlist_term_count",
        "pz:termlist_term_factor",
        "pz:id",
        "pz:memcached",
        "pz:redis",
        "pz:native_score",
        "pz:extendrecs",
        "pz:apdulog",
        "pz:recordfilter",
        "pz:sort",
        "pz:limitmap",
        "pz:sortmap",
        "pz:block_timeout",
    )
)


def read(data: bytes, taken: set[str] | None = None) -> tuple[Found, ...]:
    """The targets of a settings file. `taken` are codes in use; new ones are added to it. Raises Unreadable."""
    if len(data) > LONGEST:
        raise Unreadable("too_long")
    try:
        root = parse(data, limits=_LIMITS)
    except BadXml as bad:
        raise Unreadable("not_xml", str(bad)) from bad
    if next(root.iter("{*}settings"), None) is None:
        raise Unreadable("not_settings", etree.QName(root).localname)
    said = _settings(root)
    names = [name for name in said if not name.endswith("*")]
    if not names:
        raise Unreadable("no_targets")
    if len(names) > MOST:
        raise Unreadable("too_many")
    in_use = set() if taken is None else taken
    return tuple(_target(name, _meant(name, said), in_use) for name in names)


def _settings(root: etree._Element) -> dict[str, dict[str, str]]:
    """Target (or pattern) → setting → value; a later one wins, as pazpar2 has it."""
    found: dict[str, dict[str, str]] = {}
    for group in root.iter("{*}settings"):
        for one in group.iterchildren("{*}set"):

            def told(name: str, one: etree._Element = one, group: etree._Element = group) -> str:
                return str(one.get(name) or group.get(name) or "").strip()

            value = one.get("value") or group.get("value") or "".join(str(part) for part in one.itertext())
            if told("name") and not told("user"):
                found.setdefault(told("target") or "*", {})[told("name")] = value.strip()
    return found


def _meant(name: str, said: Mapping[str, dict[str, str]]) -> dict[str, str]:
    """Everything that holds for a target: '*' first, then 'host/*', then its own."""
    found: dict[str, str] = {}
    for pattern in sorted((one for one in said if one.endswith("*")), key=len):
        if name.startswith(pattern[:-1]):
            found |= said[pattern]
    return found | said[name]


def _target(name: str, said: dict[str, str], taken: set[str]) -> Found:
    remarks: list[Remark] = []
    method = said.get("pz:sru", "")
    address = said.get("pz:url") or name
    host = re.sub(r"^[a-z]+://", "", address, flags=re.I)
    secure = address.lower().startswith(("https://", "ssl:"))
    shown = said.get("pz:name") or ""
    flat: dict[str, Any] = {"name": shown or name, "code": code_of(shown, host)}
    if method in ("get", "post", "srw", "soap"):
        flat["url"] = f"sru+http{'s' if secure else ''}://{host}"
        if method in ("get", "post"):
            flat["sru_method"] = method
        else:
            remarks.append(Remark(code="soap"))
    elif method == "solr":
        flat["url"] = ""
        remarks.append(Remark(code="solr"))
    else:
        flat["url"] = f"{'z3950s' if secure else 'z3950'}://{re.sub(r'^(ssl|tcp):', '', host)}"
    if not shown:
        remarks.append(Remark(code="no_name"))
    password = _authentication(said, flat, remarks)
    access: dict[str, list[str]] = {}
    for key, value in said.items():
        if key in _OWN or key.partition(":")[0] != "pz" or key in _READ:
            continue
        kind, _, rest = key[3:].partition(":")
        if kind == "cclmap":
            _ccl(rest, value, access, remarks)
        elif kind not in ("facetmap", "limitmap", "sortmap"):
            remarks.append(Remark(code="setting", detail=f"{key}={value}"[:80]))
    if access and not method:
        flat["attributes"] = access
    elif access:
        remarks.append(Remark(code="cclmap_sru"))
    for key, write in _READ.items():
        if key in said:
            write(said[key], flat, remarks)
    return judged(name, flat, password, remarks, taken)


def _authentication(said: Mapping[str, str], flat: dict[str, Any], remarks: list[Remark]) -> str:
    parts = said.get("pz:authentication", "").split("/")
    if parts == [""]:
        return ""
    mode = said.get("pz:authentication_mode", "")
    if said.get("pz:sru"):
        flat["authentication"] = "url" if mode == "url" else "basic"
    else:
        flat["authentication"] = "idpass" if len(parts) == 3 else "open"
    flat["username"] = parts[0]
    if len(parts) == 3:
        flat["group"] = parts[1]
    return parts[-1] if len(parts) > 1 else ""


def _ccl(term: str, value: str, access: dict[str, list[str]], remarks: list[Remark]) -> None:
    """'u=1016 t=l,r s=al' as attributes: what CCL decides by the shape of a term is left to our own shapes."""
    point = _TERMS.get(term.lower())
    if point is None:
        remarks.append(Remark(code="field", detail=f"{term}: {value}"[:80]))
        return
    kept = []
    for part in value.split():
        name, _, said = part.partition("=")
        number = _CCL.get(name.lower()) or (int(name) if name.isascii() and name.isdecimal() else 0)
        if not number or not said:
            remarks.append(Remark(code="field", detail=f"{term}: {part}"[:80]))
        elif said.isascii() and said.isdecimal():
            kept.append(f"{number}={said}")
        elif number == 1:
            kept.append(f"1={said}")
    combination = " ".join(kept)
    if combination and combination not in access.setdefault(point, []):
        access[point].append(combination)


def _number(field: str, most: int) -> Any:
    def write(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
        if value.isascii() and value.isdecimal() and int(value):
            flat[field] = min(most, int(value))
        elif value != "0":
            remarks.append(Remark(code="setting", detail=value[:80]))

    return write


def _flag(field: str) -> Any:
    def write(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
        flat[field] = value not in ("0", "")

    return write


def _set(value: str, flat: dict[str, Any], remarks: list[Remark], *, field: str) -> None:
    if value:
        flat[field] = value


def _syntax(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
    flat["syntaxes"] = list(dict.fromkeys((syntax(value), "xml", "sutrs")))
    if "unimarc" in value.lower():
        flat["flavour"] = "unimarc"


def _native(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
    """'iso2709;marc8' (also 'marc8/…'): the character set of records."""
    named = value.partition(";")[2].removeprefix("charset=").partition(",")[0].strip()
    if named:
        _charset("record_charset")(named, flat, remarks)


def _charset(field: str) -> Any:
    def write(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
        known = charset(value)
        if known is None:
            remarks.append(Remark(code="charset", detail=value[:80]))
        else:
            flat[field] = known

    return write


def _prefix(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
    """'@attrset bib-1 @attr 2=3': attributes of every term."""
    kept = re.sub(r"@attrset\s+\S+", " ", value).replace("@and", " ").strip()
    if kept and not re.fullmatch(r"(@attr\s+\d+=\S+\s*)+", kept):
        remarks.append(Remark(code="attributes", detail=value[:80]))
    elif kept:
        flat["always"] = kept


def _allow(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
    if value == "0":
        remarks.append(Remark(code="not_allowed"))


def _extra(value: str, flat: dict[str, Any], remarks: list[Remark]) -> None:
    pairs = dict(part.split("=", 1) for part in value.split("&") if "=" in part)
    if pairs:
        flat["parameters"] = pairs


_READ: Mapping[str, Any] = {
    "pz:name": lambda value, flat, remarks: None,
    "pz:url": lambda value, flat, remarks: None,
    "pz:sru": lambda value, flat, remarks: None,
    "pz:authentication": lambda value, flat, remarks: None,
    "pz:authentication_mode": lambda value, flat, remarks: None,
    "pz:allow": _allow,
    "pz:requestsyntax": _syntax,
    "pz:nativesyntax": _native,
    "pz:elements": lambda value, flat, remarks: flat.__setitem__("elements", [value]) if value else None,
    "pz:maxrecs": _number("most_records", 1000),
    "pz:present_chunk": _number("chunk", 500),
    "pz:timeout": _number("search_seconds", 120),
    "pz:piggyback": _flag("piggyback"),
    "pz:queryencoding": _charset("query_charset"),
    "pz:pqf_prefix": _prefix,
    "pz:negotiation_charset": _flag("negotiate"),
    "pz:sru_version": lambda value, flat, remarks: _set(value, flat, remarks, field="sru_version"),
    "pz:extra_args": _extra,
}
