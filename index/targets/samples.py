"""Well-known public catalogues as samples. They are never asked as they stand: an admin copies one and checks it first.

Addresses change without notice, and none of these institutions has agreed to anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

#: Code → profile as index.targets.flat reads it; switched off until somebody has checked it.
SAMPLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "loc": {
            "name": "Library of Congress (Z39.50)",
            "url": "z3950://lx2.loc.gov:210/LCDB",
            "region": "Washington, D.C.",
            "record_charset": "utf-8",
            "flavour": "marc21",
        },
        "loc-sru": {
            "name": "Library of Congress (SRU)",
            "url": "sru+http://lx2.loc.gov:210/LCDB",
            "region": "Washington, D.C.",
            "sru_version": "1.1",
            "schema": "marcxml",
            "flavour": "marc21",
        },
        "bnf": {
            "name": "Bibliothèque nationale de France (Z39.50)",
            "url": "z3950://z3950.bnf.fr:2211/TOUT-UTF8",
            "region": "Paris",
            "authentication": "idpass",
            "username": "Z3950",  # published by the library, with its password, for everybody
            "password": "Z3950_BNF",
            "syntaxes": ["unimarc", "sutrs"],
            "flavour": "unimarc",
            "record_charset": "utf-8",
        },
        "bnf-sru": {
            "name": "Bibliothèque nationale de France (SRU)",
            "url": "https://catalogue.bnf.fr/api/SRU",
            "region": "Paris",
            "sru_version": "1.2",
            "schema": "unimarcXchange",
            "flavour": "unimarc",
            "indexes": {
                "any": ["bib.anywhere"],
                "title": ["bib.title"],
                "author": ["bib.author"],
                "subject": ["bib.subject"],
                "isbn": ["bib.isbn"],
                "issn": ["bib.issn"],
                "publisher": ["bib.publisher"],
                "year": ["bib.publicationdate"],
            },
        },
        "bn-pl": {
            "name": "Biblioteka Narodowa",
            "url": "z3950://bn-nl.alma.exlibrisgroup.com:1921/48OMNIS_NLOP",
            "region": "Warszawa",
            "flavour": "marc21",
        },
        "nkp": {
            "name": "Národní knihovna České republiky",
            "url": "z3950://aleph.nkp.cz:9991/NKC",
            "region": "Praha",
            "flavour": "marc21",
        },
        "vkol": {
            "name": "Vědecká knihovna v Olomouci",
            "url": "z3950://aleph.vkol.cz:9991/SVK01",
            "region": "Olomouc",
            "query_charset": "windows-1250",
            "record_charset": "windows-1250",
        },
        "mokka": {
            "name": "MOKKA",
            "url": "z3950://z3950.mokka.hu:2210/mokka",
            "region": "Budapest",
            "record_charset": "marc-8",
            "query_charset": "utf-8",
        },
        "indexdata": {
            "name": "Index Data, test server",
            "url": "z3950://z3950.indexdata.com:210/marc",
        },
    }
)


def copied(name: str, code: str) -> dict[str, Any]:
    """A sample as the start of a target of one's own: with this code, switched off. Raises KeyError."""
    return dict(SAMPLES[name]) | {"code": code, "enabled": False}
