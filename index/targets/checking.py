"""What a profile must be like before it is stored: every fault with its field and a code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from foundation.hours import BadHours, hours_of
from index.query import ACCESS_POINTS
from index.rpn.dialect import BadDialect
from index.targets import dialects
from index.targets import profile as p
from index.targets.errors import BadTarget
from index.targets.profile import Profile

_OID = re.compile(r"[0-2](\.\d{1,10}){2,20}")
_SYMBOL = re.compile(r"(ISIL|NPP|[A-Z]{2,12}):[^\s:][^\s]{0,60}")
_NAME = re.compile(r"[^\x00-\x1f]{1,200}")

#: Name → least and most, in the profile's unit.
_RANGES: dict[str, tuple[str, float, float]] = {
    "connect_seconds": ("limits", 0.2, 60),
    "search_seconds": ("limits", 0.2, 120),
    "whole_seconds": ("limits", 0.5, 300),
    "idle_seconds": ("limits", 0, 600),
    "interval": ("limits", 0, 3600),
    "most_records": ("limits", 1, 1000),
    "chunk": ("limits", 1, 500),
    "connections": ("limits", 1, 10),
    "pdu_bytes": ("limits", 10_000, 64_000_000),
}


def check(profile: Profile) -> None:
    """Raises BadTarget for the first thing that cannot be."""
    for bad in faults(profile):
        raise bad


def faults(profile: Profile) -> Iterator[BadTarget]:
    """Everything that cannot be, field by field."""
    code = profile.code
    if not code or len(code) > 40 or not all(x.isalnum() or x in "-_." for x in code):
        yield BadTarget("code", "bad_code")
    yield from _address(profile)
    yield from _limits(profile)
    yield from _dialect(profile)
    yield from _retrieval(profile)
    shown = profile.presentation
    if not shown.name:
        yield BadTarget("name", "required")
    for field, text in (("name", shown.name), ("name_en", shown.name_en), ("region", shown.region)):
        if len(text) > 200:
            yield BadTarget(field, "too_long")
    if len(shown.note) > 2000:
        yield BadTarget("note", "too_long")
    if shown.symbol and not _SYMBOL.fullmatch(shown.symbol):
        yield BadTarget("symbol", "bad_symbol")
    if shown.link and not re.fullmatch(r"https?://[^\s<>\"]{1,1000}", shown.link):
        yield BadTarget("link", "bad_link")
    if len(shown.groups) > 20 or any(len(one) > 60 for one in shown.groups):
        yield BadTarget("groups", "too_many")
    yield from _one_of("searchers", profile.policy.searchers, p.SEARCHERS)
    if profile.policy.requests and not shown.symbol:
        yield BadTarget("requests", "needs_symbol")


def _address(profile: Profile) -> Iterator[BadTarget]:
    address, who = profile.address, profile.authentication
    if not address.host:
        yield BadTarget("url", "required")
    if address.ca_pem and "-----BEGIN CERTIFICATE-----" not in address.ca_pem:
        yield BadTarget("ca_pem", "not_pem")
    if who.kind not in p.AUTHENTICATIONS:
        yield BadTarget("authentication", "unknown", who.kind)
    elif who.kind in ("basic", "url") and address.protocol != "sru":
        yield BadTarget("authentication", "only_sru")
    elif who.kind in ("open", "idpass", "anonymous") and address.protocol == "sru":
        yield BadTarget("authentication", "only_z3950")
    elif who.kind in ("open", "idpass", "basic", "url") and not who.user:
        yield BadTarget("username", "required")
    for field, text in (("username", who.user), ("group", who.group)):
        if text and not _NAME.fullmatch(text):
            yield BadTarget(field, "bad_value")
    if who.kind == "open" and "/" in who.user:
        yield BadTarget("username", "slash")  # open authentication is sent as user/password


def _limits(profile: Profile) -> Iterator[BadTarget]:
    for field, (part, least, most) in _RANGES.items():
        if not least <= getattr(getattr(profile, part), field) <= most:
            yield BadTarget(field, "out_of_range")
    if len(profile.limits.hours) > 14:
        yield BadTarget("hours", "too_many")
    for text in profile.limits.hours:
        try:
            hours_of(text)
        except BadHours:
            yield BadTarget("hours", "bad_hours", text)
    try:
        ZoneInfo(profile.limits.zone)
    except (KeyError, ValueError, OSError):
        yield BadTarget("zone", "unknown_zone")


def _dialect(profile: Profile) -> Iterator[BadTarget]:
    dialect, sru = profile.dialect, profile.address.protocol == "sru"
    yield from _one_of("query", dialect.query, p.QUERIES)
    if dialect.query == "rpn" and sru:
        yield BadTarget("query", "only_z3950")
    if dialect.query == "pqf" and not sru:
        yield BadTarget("query", "only_sru")
    if not _OID.fullmatch(dialect.attribute_set):
        yield BadTarget("attribute_set", "not_oid")
    for field, names in (("attributes", dialect.access), ("indexes", dialect.indexes)):
        for name in names:
            if name not in ACCESS_POINTS:
                yield BadTarget(field, "unknown_point", name)
        if any(len(every) > 10 for every in names.values()):
            yield BadTarget(field, "too_many")
    for every in dialect.indexes.values():
        for one in every:
            if not re.fullmatch(r"[^\s\"()<>=/]{1,100}", one):
                yield BadTarget("indexes", "bad_index", one)
    if dialect.query == "cql" and not any(dialect.indexes.values()):
        yield BadTarget("indexes", "required")
    if dialect.query != "cql" and not any(dialect.access.values()):
        yield BadTarget("attributes", "required")
    yield from _one_of("query_charset", dialect.charset, p.QUERY_CHARSETS)
    for one in dialect.operators:
        yield from _one_of("operators", one, ("and", "or", "not"))
    yield from _one_of("sru_version", dialect.sru_version, p.SRU_VERSIONS)
    yield from _one_of("sru_method", dialect.sru_method, p.SRU_METHODS)
    try:
        dialects.lines(dialect.table)
    except BadDialect as bad:
        for line, why in bad.faults[:1]:
            yield BadTarget("table", "bad_line", f"{line}: {why}")
    for name, value in dialect.parameters.items():
        if not re.fullmatch(r"[A-Za-z][\w.-]{0,60}", name) or len(value) > 500 or "\n" in value:
            yield BadTarget("parameters", "bad_parameter", name)
        elif re.search(r"pass|secret|token|key", name, re.I) and "{secret}" not in value:
            yield BadTarget("parameters", "secret_here", name)  # what stands here is shown


def _retrieval(profile: Profile) -> Iterator[BadTarget]:
    how = profile.retrieval
    if not how.syntaxes and profile.address.protocol == "z3950":
        yield BadTarget("syntaxes", "required")
    for one in how.syntaxes:
        if one not in p.SYNTAXES and not _OID.fullmatch(one):
            yield BadTarget("syntaxes", "unknown", one)
    for one in how.elements:
        if not re.fullmatch(r"[^\s]{1,60}", one):
            yield BadTarget("elements", "bad_value", one)
    if len(how.schema) > 200 or any(x.isspace() for x in how.schema):
        yield BadTarget("schema", "bad_value")
    yield from _one_of("record_charset", how.charset, ("", *p.CHARSETS))
    yield from _one_of("flavour", how.flavour, p.FLAVOURS)
    yield from _one_of("holdings", how.holdings, p.HOLDINGS)


def _one_of(field: str, value: str, allowed: Iterable[str]) -> Iterator[BadTarget]:
    if value not in allowed:
        yield BadTarget(field, "unknown", value)
