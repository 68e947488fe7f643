"""Where a record comes from: one provenance container for each description that was harvested by OAI-PMH."""

from __future__ import annotations

import re
from collections.abc import Mapping

from foundation.clock import format_utc, parse_utc
from index.views import Cluster, Description
from web.oai import xml
from web.oai.formats import XSI

NAMESPACE = "http://www.openarchives.org/OAI/2.0/provenance"
_NAMESPACES = {
    "marc21": "http://www.loc.gov/MARC21/slim",
    "mods": "http://www.loc.gov/mods/v3",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def provenance(cluster: Cluster, origins: Mapping[str, str]) -> str:
    """<about> elements, in the order in which the descriptions came; '' when all came as files."""
    return "".join(
        _origin(description, origins[description.source_id])
        for description in cluster.descriptions
        if origins.get(description.source_id) and description.schema in _NAMESPACES
    )


def _origin(description: Description, base_url: str) -> str:
    head = (
        f'<about><provenance xmlns="{NAMESPACE}" xmlns:xsi="{XSI}" '
        f'xsi:schemaLocation="{NAMESPACE} http://www.openarchives.org/OAI/2.0/provenance.xsd">'
        f'<originDescription harvestDate="{format_utc(description.changed_at)}" altered="true">'
    )
    inside = (
        xml.element("baseURL", base_url)
        + xml.element("identifier", description.identifier)
        + xml.element("datestamp", _datestamp(description))
        + xml.element("metadataNamespace", _NAMESPACES[description.schema])
    )
    return f"{head}{inside}</originDescription></provenance></about>"


def _datestamp(description: Description) -> str:
    """As the provider gave it, where it is one; else when it was harvested."""
    text = description.datestamp.strip()
    try:
        instant = parse_utc(text)
    except ValueError:
        return format_utc(description.changed_at)
    return text if _DAY.fullmatch(text) else format_utc(instant)
