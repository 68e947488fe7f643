"""In which form records are asked for: syntax, element set and schema of a Present or a Search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from index.z3950 import oids
from index.z3950.apdu import Composition, Specification
from index.z3950.apdu.search import ElementSets
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Form
from index.z3950.serving.refusals import Refused

#: What records can be had in; the first where nothing is said.
SYNTAXES = (oids.USMARC, oids.XML, oids.OPAC, oids.SUTRS)

#: Element sets: whole and brief records, and for XML the schemas as other targets name them.
_FULL, _BRIEF = ("f", ""), ("b",)
_SCHEMAS = ("marcxml", "marc21", "marc", "dc", "oai_dc", "mods")


def of_request(
    syntax: str | None,
    elements: ElementSets | None,
    composition: Composition | None,
    databases: Sequence[str],
    charset: Literal["utf-8", "marc-8"],
) -> Form:
    """The form that a request names. Raises Refused 25, 26, 239."""
    schema = ""
    if composition is not None:
        offered = composition.syntaxes or ((syntax,) if syntax else ())
        syntax = next((one for one in offered if one in SYNTAXES), offered[0] if offered else None)
        elements, schema = _specified(composition, databases)
    if syntax is None:
        syntax = oids.USMARC
    if syntax not in SYNTAXES:
        raise Refused(refusals.NO_SUCH_SYNTAX, syntax)
    name = _name(elements, databases)
    wanted = name.lower()
    if wanted in _BRIEF:
        return Form(syntax=syntax, brief=True, charset=charset, schema=schema)
    if wanted in _FULL:
        return Form(syntax=syntax, charset=charset, schema=schema)
    if syntax == oids.XML and (wanted in _SCHEMAS or wanted.startswith(("info:", "http:"))):
        return Form(syntax=syntax, charset=charset, schema=wanted)
    raise Refused(refusals.NO_SUCH_ELEMENTS, name)


def _name(elements: ElementSets | None, databases: Sequence[str]) -> str:
    if elements is None or isinstance(elements, str):
        return elements or ""
    known = [name for database, name in elements if database.lower() in databases]
    if len(set(known)) > 1:
        raise Refused(refusals.ONE_ELEMENT_SET)
    return known[0] if known else ""


def _specified(composition: Composition, databases: Sequence[str]) -> tuple[str | None, str]:
    """(element set, schema) of a composition for one of our databases."""
    chosen: Specification | None = composition.generic
    for one in composition.specific or ():
        if one.database.lower() in databases and one.specification is not None:
            chosen = one.specification
    if chosen is None:
        return None, ""
    if chosen.elements is not None and not isinstance(chosen.elements, str):
        raise Refused(refusals.NO_SUCH_ELEMENTS, "only names of element sets are known")
    return chosen.elements, (chosen.schema_uri or chosen.schema or "").lower()
