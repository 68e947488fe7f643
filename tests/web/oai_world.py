"""A union catalogue to harvest, and a harvester so plain that what it gets is what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from lxml import etree

from index import store
from index.provider import publish
from index.record import Format, Holding, Identifier, Name, Record
from tests.web import oai_rules, samples
from tests.web.conftest import Client, World

NS = {"o": oai_rules.OAI}


@dataclass(frozen=True, slots=True)
class Got:
    """An answer that keeps the rules of the schema."""

    root: etree._Element

    def texts(self, path: str) -> list[str]:
        """The texts of elements, by an XPath with the prefix o."""
        return [element.text or "" for element in self.root.xpath(path, namespaces=NS)]

    @property
    def errors(self) -> list[str]:
        """The codes of its errors."""
        return [str(code) for code in self.root.xpath("o:error/@code", namespaces=NS)]

    @property
    def request(self) -> dict[str, str]:
        """The arguments that it repeats."""
        return {str(key): str(value) for key, value in self.root[1].attrib.items()}

    @property
    def token(self) -> etree._Element | None:
        """The resumptionToken element."""
        return next(iter(self.root.xpath("*/o:resumptionToken", namespaces=NS)), None)

    @property
    def identifiers(self) -> list[str]:
        """Of all headers, in their order."""
        return self.texts("//o:header/o:identifier")

    @property
    def deleted(self) -> list[str]:
        """Identifiers of tombstones."""
        return self.texts("//o:header[@status='deleted']/o:identifier")

    def header(self, identifier: str) -> etree._Element:
        """The header of a record."""
        found: etree._Element = self.root.xpath("//o:header[o:identifier=$i]", namespaces=NS, i=identifier)[0]
        return found

    def stamp(self, identifier: str) -> str:
        """The datestamp of a record."""
        return self.header(identifier).findtext("o:datestamp", namespaces=NS) or ""

    def specs(self, identifier: str) -> list[str]:
        """The sets of a record."""
        return [element.text or "" for element in self.header(identifier).findall("o:setSpec", NS)]


def ask(client: Client, *, post: bool = False, status: int = 200, **arguments: str) -> Got:
    """One request; `start` is sent as from, `of_set` as set."""
    return send(client, urlencode(named(arguments)), post=post, status=status)


def named(arguments: dict[str, str]) -> dict[str, str]:
    """Arguments by the protocol's names."""
    names = {"start": "from", "of_set": "set"}
    return {names.get(key, key): value for key, value in arguments.items()}


def send(client: Client, query: str, *, post: bool = False, status: int = 200) -> Got:
    """One request by its query string."""
    if post:
        answer = client.post("/oai", data=query, content_type="application/x-www-form-urlencoded")
    else:
        answer = client.get(f"/oai?{query}")
    assert answer.status_code == status, answer.text[:500]
    assert answer.content_type == "text/xml; charset=utf-8"
    return Got(oai_rules.check(answer.data))


def pages(client: Client, verb: str = "ListRecords", **arguments: str) -> Iterator[Got]:
    """Every page of a list."""
    arguments.setdefault("metadataPrefix", "oai_dc")
    got = ask(client, verb=verb, **arguments)
    yield got
    seen: set[str] = set()
    while got.token is not None and got.token.text:
        assert got.token.text not in seen, "the list goes round"
        seen.add(got.token.text)
        got = ask(client, verb=verb, resumptionToken=got.token.text)
        yield got


def all_of(client: Client, verb: str = "ListIdentifiers", **arguments: str) -> list[str]:
    """Identifiers of a list, tombstones included; () for an empty one."""
    arguments.setdefault("metadataPrefix", "oai_dc")
    if ask(client, verb=verb, **arguments).errors == ["noRecordsMatch"]:
        return []
    return [one for got in pages(client, verb, **arguments) for one in got.identifiers]


def publish_all(world: World) -> None:
    """Give everything that changed its datestamp."""
    while publish.publish(world.parts.db, world.parts.clock):
        pass


def title(number: int, *, author: str = "", dewey: str = "", copies: int = 1) -> Record:
    """A title unlike all others, so that no two of them are the same edition."""
    word = "".join(chr(ord("a") + int(digit)) for digit in f"{number:05d}")
    return Record(
        title=f"{word.title()} {word[::-1]} {number}",
        authors=(Name(text=author or f"{word[::-1].title()}, {word.title()}"),),
        publisher=f"Penerbit {word}",
        year=1950 + number % 70,
        languages=("ind",),
        format=Format.BOOK,
        extent=f"{100 + number} hlm.",
        classes=(dewey,) if dewey else (),
        holdings=(Holding(branch="Pusat", call_number=f"{dewey or 'N'} {number}", copies=copies),),
    )


def both(number: int) -> Record:
    """A title that is the same edition wherever it is."""
    one = title(90_000 + number)
    return Record(
        title=one.title,
        authors=one.authors,
        publisher=one.publisher,
        year=one.year,
        languages=one.languages,
        format=one.format,
        extent=one.extent,
        identifiers=(Identifier(kind="isbn", value=isbn(number)),),
        holdings=one.holdings,
    )


def isbn(number: int) -> str:
    """A valid ISBN-13."""
    body = f"978602{number:06d}"
    check = (10 - sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(body)) % 10) % 10
    return f"{body}{check}"


def take(world: World, code: str, **records: Record) -> None:
    """Bring records into the catalogue and publish them; the index is left alone."""
    arrivals = [samples.Arrival(identifier=name, record=one) for name, one in records.items()]
    with world.parts.db.begin() as c:
        store.take(c, samples.origin(world, code), arrivals, world.parts.clock())
    publish_all(world)


def withdraw(world: World, code: str, *names: str) -> None:
    """Let records go, and publish that."""
    with world.parts.db.begin() as c:
        store.withdraw(c, samples.origin(world, code), names, world.parts.clock())
    publish_all(world)


def identifier(world: World, code: str, name: str) -> str:
    """Our identifier of the cluster of a record."""
    return f"oai:silang.invalid:{samples.cluster(world, code, name)}"
