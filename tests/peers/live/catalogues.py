"""Catalogues from other hands to search live: yaz-ztest, and Zebra twice, over MARCXML and over ISO 2709.

What to know about them before writing a test:

* yaz-ztest (database `Default`) finds as many records as the term says when it is a number (`42`), else a number
  below 24 that depends on the term; its CQL over SRU always does the latter, so use `x-pquery` there. It has 23
  records, then the first with a changing number. It knows OPAC records, faults on demand in the name of the database
  (`Default?search-delay=0.7`, also present-delay, fetch-delay; ranges `a:b`; over SRU only `Slow3`, three seconds),
  diagnostic 109 for other names, and facets (SRU 2.0). Every sort "succeeds" and does nothing. `ZTest.serve` gives it
  XML records of ours.
* Zebra over MARCXML (database `Default`): 106 records, 43 of them operas with diacritics (`aida`: 3). SRU 1.1 to
  2.0, CQL (sets of pqf.properties), scan, explain; schemas marc, dc, mods; USMARC in MARC-8 (element set F) and in
  UTF-8 (U). Real diagnostics: 114 (also for use 1016), 109, 207.
* Zebra over ISO 2709 (database `Default`): 24 records (`the` in titles: 10); login `reader/secret`, else 1011; sorts
  titles and authors; USMARC, SUTRS, GRS-1, XML; SRU without CQL (`x-pquery`), with `x-username`/`x-password` or Basic.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import needs
from tests.peers.live.processes import Running, start

HINT = (
    "apt-get install --no-install-recommends yaz libyaz5 libyaz-dev idzebra-2.0-utils idzebra-2.0-common "
    "libidzebra-2.0-modules idzebra-2.0-examples"
)
EXAMPLES = Path("/usr/share/doc/idzebra-2.0/examples")
TABLES = Path("/usr/share/idzebra-2.0/tab")
CQL_PROPERTIES = Path("/usr/share/yaz/etc/pqf.properties")
HOST = "127.0.0.1"

#: What a scan of yaz-ztest names, with its counts.
WORDS = {"AARDVARK": 3, "APPLE": 7, "BANANA": 2, "CAT": 9, "DOG": 1, "ZEBRA": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server that runs: where it is, and its folder with what it logged."""

    port: int
    folder: Path
    host: str = HOST
    user: str = ""
    password: str = ""

    def address(self, database: str = "Default") -> str:
        """As yaz-client and ZOOM want it."""
        return f"tcp:{self.host}:{self.port}/{database}"

    def url(self, database: str = "Default") -> str:
        """Of its SRU."""
        return f"http://{self.host}:{self.port}/{database}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZTest(Peer):
    """A yaz-ztest; all its `ports` are equal."""

    ports: tuple[int, ...]

    def serve(self, name: str, *records: str | bytes) -> str:
        """Let it answer with these (well-formed or not) for record syntax XML; returns the element set to ask for."""
        for number, record in enumerate(records, 1):
            data = record.encode() if isinstance(record, str) else record
            (self.folder / f"xml.{name}.{number}.xml").write_bytes(data)
        return name


def start_ztest(folder: Path, count: int = 1) -> tuple[ZTest, Running]:
    """A yaz-ztest that listens on `count` ports (one process for all of them)."""
    tool = needs("yaz-ztest", HINT)
    # Without this file the child that serves a connection ends at the first scan.
    (folder / "dummy-words").write_text("".join(f"{word}:{number}\n" for word, number in WORDS.items()))
    running = start(
        folder,
        lambda ports: [
            "env", f"YAZ_ZTEST_XML_FETCH={folder}/xml.", tool, "-v", "none", "-l", str(folder / "log.txt"),
            *(f"tcp:{HOST}:{port}" for port in ports),
        ],
        count,
    )  # fmt: skip
    return ZTest(port=running.ports[0], ports=running.ports, folder=folder), running


def start_marcxml(folder: Path) -> tuple[Peer, Running]:
    """Zebra over MARCXML: CQL, scan, explain and several schemas."""
    tool, indexer, modules = _zebra()
    for packed in (EXAMPLES / "marcxml").glob("*.gz"):
        (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    for name in ("dom-config.xml", "identity.xsl", "zebra.xsl", "collection-sandburg-1.xml"):
        shutil.copyfile(EXAMPLES / "marcxml" / name, folder / name)
    for sheet in folder.glob(
        "*.xsl"
    ):  # they would fetch it from the network, and without it give MARCXML for DC
        sheet.write_text(
            re.sub(r'"http://[^"]*/(MARC21slimUtils\.xsl)"', r'"\1"', sheet.read_text("utf-8")), "utf-8"
        )
    shutil.copyfile(CQL_PROPERTIES, folder / "pqf.properties")
    # The packaged examples name a folder of modules that does not exist.
    (folder / "zebra.cfg").write_text(
        f"profilePath: .:{TABLES}\nmodulePath: {modules}\nrecordtype: dom.dom-config.xml\n"
        "attset: bib1.att\nattset: explain.att\nindex: icu.idx\nencoding: utf-8\n"
    )
    _index(folder, indexer, *sorted(one.name for one in folder.glob("collection-*.xml")))

    def command(ports: list[int]) -> list[str]:
        (folder / "yazgfs.xml").write_text(_FRONTEND.format(host=HOST, port=ports[0], folder=folder))
        return [tool, "-v", "none", "-f", "yazgfs.xml", "-l", "log.txt"]

    running = start(folder, command)  # type: ignore[arg-type]  # a list is what it is called with
    return Peer(port=running.ports[0], folder=folder), running


def start_iso2709(folder: Path) -> tuple[Peer, Running]:
    """Zebra over ISO 2709: a login, sorting, GRS-1."""
    tool, indexer, modules = _zebra()
    (folder / "data").mkdir()
    (folder / "register").mkdir()
    (folder / "data" / "sample.marc").write_bytes(
        gzip.decompress((EXAMPLES / "marc21" / "sample-marc.gz").read_bytes())
    )
    rules = (TABLES / "marc21.abs").read_text()
    for tag, name in (
        ("245", "title"),
        ("100", "author"),
    ):  # a register for sorting, without which sort is 207
        rules, changed = re.subn(rf"(?m)^(melm {tag}\s+{name},{name}:p)$", rf"\1,{name}:s", rules)
        assert changed == 1, f"no rule for {tag} in marc21.abs"
    (folder / "marc21.abs").write_text(rules)
    (folder / "zebra.cfg").write_text(
        f"profilePath: .:{TABLES}\nmodulePath: {modules}\nattset: bib1.att\nattset: explain.att\n"
        "recordType: grs.marcxml.marc21\nstoreData: 1\nstoreKeys: 1\nlockDir: register\nregister: register:100M\n"
        "perm.reader: r\npasswd: passwd.txt\n"
    )
    (folder / "passwd.txt").write_text("reader:secret\n")
    _index(folder, indexer, "data")
    running = start(
        folder,
        lambda ports: [tool, "-v", "none", "-c", "zebra.cfg", "-l", "log.txt", f"tcp:{HOST}:{ports[0]}"],
    )  # fmt: skip
    return Peer(port=running.ports[0], folder=folder, user="reader", password="secret"), running


def _zebra() -> tuple[str, str, Path]:
    """(server, indexer, folder of modules). Fails in CI, and skips elsewhere, when a package is missing."""
    tools = needs("zebrasrv", HINT), needs("zebraidx", HINT)
    modules = next(iter(Path("/usr/lib").glob("*/idzebra-2.0/modules")), None)
    wanted = (EXAMPLES / "marcxml", EXAMPLES / "marc21", TABLES, CQL_PROPERTIES)
    missing = [str(one) for one in wanted if not one.exists()]
    if modules is None or missing:
        what = ", ".join(missing) or "the modules of Zebra"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} missing: {HINT}")
    return *tools, modules


def _index(folder: Path, tool: str, *what: str) -> None:
    for words in (("init",), ("update", *what)):
        done = subprocess.run(
            [tool, "-v", "fatal,warn", "-c", "zebra.cfg", *words],
            cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"zebraidx {words[0]}: {done.stdout}{done.stderr}"


_FRONTEND = """<yazgfs>
 <listen id="here">tcp:{host}:{port}</listen>
 <server id="catalogue" listenref="here">
  <directory>{folder}</directory><config>zebra.cfg</config><cql2rpn>{folder}/pqf.properties</cql2rpn>
  <retrievalinfo>
   <retrieval syntax="usmarc" name="F"><backend syntax="xml" name="marc">
    <marc inputformat="xml" outputformat="marc" outputcharset="marc-8"/></backend></retrieval>
   <retrieval syntax="usmarc" name="U"><backend syntax="xml" name="marc">
    <marc inputformat="xml" outputformat="marc" outputcharset="utf-8"/></backend></retrieval>
   <retrieval syntax="xml" name="marc" identifier="info:srw/schema/1/marcxml-v1.1">
    <backend syntax="xml" name="marc"/></retrieval>
   <retrieval syntax="xml" name="dc" identifier="info:srw/schema/1/dc-v1.1"><backend syntax="xml" name="dc"/></retrieval>
   <retrieval syntax="xml" name="mods" identifier="info:srw/schema/1/mods-v3.7">
    <backend syntax="xml" name="mods"/></retrieval>
   <retrieval syntax="xml"/>
   <retrieval syntax="sutrs"/>
  </retrievalinfo>
  <explain xmlns="http://explain.z3950.org/dtd/2.0/">
   <serverInfo><host>{host}</host><port>{port}</port><database>Default</database></serverInfo>
   <databaseInfo><title>Operas and others</title></databaseInfo>
   <indexInfo>
    <set name="dc" identifier="info:srw/cql-context-set/1/dc-v1.1"/>
    <set name="bath" identifier="http://zing.z3950.org/cql/bath/2.0/"/>
    <index search="true" scan="true" sort="false"><title>Title</title><map><name set="dc">title</name></map></index>
    <index search="true" scan="true" sort="false"><title>Author</title>
     <map><name set="dc">creator</name></map><map><name set="bath">name</name></map></index>
   </indexInfo>
   <schemaInfo>
    <schema identifier="info:srw/schema/1/marcxml-v1.1" name="marc" retrieve="true"><title>MARCXML</title></schema>
    <schema identifier="info:srw/schema/1/dc-v1.1" name="dc" retrieve="true"><title>Dublin Core</title></schema>
    <schema identifier="info:srw/schema/1/mods-v3.7" name="mods" retrieve="true"><title>MODS</title></schema>
   </schemaInfo>
   <configInfo><default type="numberOfRecords">10</default><setting type="maximumRecords">100</setting></configInfo>
  </explain>
 </server>
</yazgfs>
"""
