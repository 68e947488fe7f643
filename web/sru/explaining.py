"""What we can do, told from what is in force: indexes, schemas, relations, limits, as a ZeeRex record."""

from __future__ import annotations

from urllib.parse import urlsplit

from index.cql.profile import Profile
from web.oai import xml
from web.oai.house import House
from web.sru.asking import DEFAULT_RECORDS, LAST_POSITION, MOST_RECORDS, MOST_TERMS, Asked
from web.sru.facets import INDEXES
from web.sru.records import SCHEMAS

ZEEREX = "http://explain.z3950.org/dtd/2.0/"

_RELATIONS = ("=", "scr", "adj", "any", "all", "==", "exact", "<>", "<", "<=", ">", ">=", "within")
_MODIFIERS = ("relevant", "ignoreCase", "ignoreAccents", "word", "masked", "unmasked", "isoDate", "number")
_TITLES = {
    "any": "Everything",
    "title": "Title",
    "author": "Author",
    "subject": "Subject",
    "publisher": "Publisher",
    "isbn": "ISBN",
    "issn": "ISSN",
    "identifier": "Identifier",
    "call_number": "Call number",
    "series": "Series",
    "language": "Language",
    "format": "Kind of material",
    "year": "Year of publication",
    "library": "Library",
    "id": "Record identifier",
    "all_records": "All records",
}


def explain(asked: Asked, house: House, profile: Profile) -> str:
    """The ZeeRex element."""
    return (
        f'<explain xmlns="{ZEEREX}">{_server(asked, house)}'
        f"<databaseInfo>{xml.element('title', house.name, lang='en', primary='true')}"
        f"{xml.element('description', 'The union catalogue: one record an edition, with the copies of all libraries')}"
        f"</databaseInfo>{_indexes(profile)}{_schemas()}{_configuration(asked, profile)}</explain>"
    )


def _server(asked: Asked, house: House) -> str:
    pieces = urlsplit(house.root)
    port = pieces.port or (443 if pieces.scheme == "https" else 80)
    path = f"{pieces.path.strip('/')}/sru".lstrip("/")
    return (
        f'<serverInfo protocol="SRU" version="{asked.dialect.version}" transport="{xml.said(pieces.scheme)}" '
        f'method="GET POST">{xml.element("host", pieces.hostname or "")}{xml.element("port", str(port))}'
        f"{xml.element('database', path)}</serverInfo>"
    )


def _indexes(profile: Profile) -> str:
    sets = "".join(
        f'<set identifier="{xml.said(uri)}" name="{short}"/>' for short, uri in profile.sets.items()
    )
    meanings = dict.fromkeys(profile.indexes.values())
    sortable = set(profile.sorts.values())
    listed = []
    for meaning in meanings:
        maps = "".join(
            "<map>" + xml.element("name", name, set=short) + "</map>"
            for (short, name), means in profile.indexes.items()
            if means == meaning
        )
        scan = str(meaning in profile.scans).lower()
        sort = str(meaning in sortable).lower()
        title = xml.element("title", _TITLES[meaning], lang="en")
        listed.append(f'<index search="true" scan="{scan}" sort="{sort}">{title}{maps}</index>')
    return f"<indexInfo>{sets}{''.join(listed)}</indexInfo>"


def _schemas() -> str:
    inside = "".join(
        f'<schema identifier="{one.identifier}" name="{one.name}" sort="false" retrieve="true">'
        f"{xml.element('title', one.title)}</schema>"
        for one in SCHEMAS
    )
    return f"<schemaInfo>{inside}</schemaInfo>"


def _configuration(asked: Asked, profile: Profile) -> str:
    defaults = (
        ("contextSet", "cql"),
        ("index", "cql.serverChoice"),
        ("relation", "scr"),
        ("numberOfRecords", str(DEFAULT_RECORDS)),
        ("retrieveSchema", SCHEMAS[0].identifier),
    )
    settings = (
        ("maximumRecords", str(MOST_RECORDS)),
        ("maximumTerms", str(MOST_TERMS)),
        ("lastPosition", str(LAST_POSITION)),
        ("resultSetTTL", "0"),  # no result set is kept
    )
    supports = [
        *(("relation", name) for name in _RELATIONS),
        *(("relationModifier", name) for name in _MODIFIERS),
        *(("booleanOperator", name) for name in ("and", "or", "not")),
        ("maskingCharacter", "*"),
        *(("sort", name) for name in dict.fromkeys(profile.sorts.values())),
        *(("scan", name) for name in profile.scans),
    ]
    if asked.dialect.has_facets:
        supports += [("facet", name) for name in INDEXES]
    inside = "".join(
        [
            *(xml.element("default", text, type=name) for name, text in defaults),
            *(xml.element("setting", text, type=name) for name, text in settings),
            *(xml.element("supports", text, type=name) for name, text in supports),
        ]
    )
    return f"<configInfo>{inside}</configInfo>"
