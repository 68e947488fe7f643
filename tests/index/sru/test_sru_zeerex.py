"""What a server says about itself is read into values, however little or much it says."""

from __future__ import annotations

from html import escape

import pytest

from foundation.strictxml import parse
from index.sru import zeerex
from index.sru.values import Explanation, Index, Schema

RECORD = """<explain xmlns="http://explain.z3950.org/dtd/2.0/">
 <serverInfo protocol="SRU" version="1.2" transport="http" method="GET POST">
  <host>catalogue.example</host><port>8080</port><database>union/sru</database></serverInfo>
 <databaseInfo><title lang="id">Katalog</title><title lang="en" primary="true">Catalogue</title>
  <description>Everything</description></databaseInfo>
 <indexInfo>
  <set name="dc" identifier="info:srw/cql-context-set/1/dc-v1.1"/><set identifier="nameless"/>
  <index search="true" scan="false" sort="1"><title>Title</title>
   <map primary="true"><name set="dc">title</name></map><map><name indexSet="bath">title</name></map></index>
  <index><map><name>anywhere</name></map></index>
  <index><map><attr set="bib-1" type="1">1003</attr></map></index>
  <index><title>Nothing</title></index>
 </indexInfo>
 <schemaInfo>
  <schema identifier="info:srw/schema/1/marcxml-v1.1" name="marcxml" retrieve="true" sort="false">
   <title>MARC</title></schema>
  <schema identifier="urn:only"/><schema/>
 </schemaInfo>
 <configInfo><default type="numberOfRecords">10</default><setting type="maximumRecords">50</setting>
  <supports type="relation">=</supports><supports type="scan">dc.title</supports><supports>?</supports></configInfo>
</explain>"""


def envelope(data: str, space: str = "http://www.loc.gov/zing/srw/") -> bytes:
    return (
        f'<explainResponse xmlns="{space}"><version>1.1</version><record><recordSchema/><recordData>{data}'
        "</recordData></record></explainResponse>"
    ).encode()


@pytest.mark.parametrize("body", [envelope(RECORD), envelope(escape(RECORD)), RECORD.encode()])
def test_an_explanation_is_read_packed_or_not_and_with_or_without_its_envelope(body: bytes) -> None:
    said = zeerex.explanation(parse(body))
    assert (said.offered, said.protocol, said.methods) == ("1.2", "SRU", ("GET", "POST"))
    assert (said.host, said.port, said.database) == ("catalogue.example", 8080, "union/sru")
    assert (said.title, said.description) == ("Catalogue", "Everything")
    assert said.sets == {"dc": "info:srw/cql-context-set/1/dc-v1.1"}
    assert said.indexes == (
        Index(title="Title", names=(("dc", "title"), ("bath", "title")), search=True, scan=False, sort=True),
        Index(title="", names=(("", "anywhere"),)),
        Index(title="", names=(), attributes=(("bib-1", "1", "1003"),)),
    )
    assert said.schemas == (
        Schema(
            name="marcxml",
            identifier="info:srw/schema/1/marcxml-v1.1",
            title="MARC",
            retrieve=True,
            sort=False,
        ),
        Schema(name="urn:only", identifier="urn:only"),
    )
    assert (said.settings, said.defaults) == ({"maximumRecords": "50"}, {"numberOfRecords": "10"})
    assert said.supports == (("relation", "="), ("scan", "dc.title"))


@pytest.mark.parametrize("data", ["", "   ", "<explain/>", "none", "<other/>"])
def test_a_server_that_says_nothing_gives_an_empty_explanation(data: str) -> None:
    assert zeerex.explanation(parse(envelope(data))) == Explanation(version="1.1")


@pytest.mark.parametrize("port", ["", "http", "0", "99999999999999999999", "-1"])
def test_a_port_that_is_none_is_none(port: str) -> None:
    body = f"<explain><serverInfo><host>a</host><port>{port}</port></serverInfo></explain>"
    assert zeerex.explanation(parse(body.encode())).port is None


def test_diagnostics_of_an_explanation_are_kept() -> None:
    said = "<diagnostics><diagnostic><uri>info:srw/diagnostic/1/5</uri></diagnostic></diagnostics>"
    body = f"<explainResponse>{said}</explainResponse>"
    assert [one.code for one in zeerex.explanation(parse(body.encode())).diagnostics] == ["5"]
