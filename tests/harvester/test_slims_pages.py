"""The pages of a SLiMS as OAI-PMH, without a network: what fails now is said as it was, what is refused is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from harvester import oai
from harvester.profiles import Site, slims_pages
from harvester.profiles.slims_pages import Said
from harvester.transport import Answer, Wire, WireFailed

OAI2 = "https://a.example/oai2.php"
PAGE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request verb="ListRecords"/><ListRecords>'
    "{}<resumptionToken>2____oai_dc</resumptionToken></ListRecords></OAI-PMH>"
)
RECORD = (
    "<record><header><identifier>oai:a.example:slims-{n}</identifier></header>"
    '<metadata><dc xmlns="http://purl.org/dc/elements/1.1/"><title>Judul {n}</title></dc></metadata></record>'
)
HIDDEN = '<record><header status="deleted"><identifier>oai:a.example:slims-9</identifier></header></record>'


def mods(number: int, *, whole: bool = True) -> str:
    inner = "<location><holdingSimple/></location>" if whole else ""
    return f'<mods ID="{number}"><titleInfo><title>Judul {number}</title></titleInfo>{inner}</mods>'


def collection(*titles: str, total: int | None = None) -> bytes:
    info = (
        ""
        if total is None
        else f"<slims:resultInfo><slims:modsResultNum>{total}</slims:modsResultNum></slims:resultInfo>"
    )
    start = '<modsCollection xmlns="http://www.loc.gov/mods/v3" xmlns:slims="http://slims.web.id">'
    return f"{start}{info}{''.join(titles)}</modsCollection>".encode()


class Canned:
    """A Wire that answers what it was told, once each where several answers wait."""

    def __init__(self, **answers: bytes | tuple[int, bytes] | list[bytes | tuple[int, bytes]]) -> None:
        self.answers, self.asked = answers, list[str]()

    @contextmanager
    def open(
        self, url: str, *, headers: Mapping[str, str], form: str | None, deadline: float
    ) -> Iterator[Answer]:
        self.asked.append(url)
        found = self.answers[self._name(url)]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        status, body = found if isinstance(found, tuple) else (200, found)
        if status == 0:
            raise WireFailed("cut")
        yield Said(status=status, headers={"retry-after": "7", "date": "x"}, chunks=[body])

    def _name(self, url: str) -> str:
        if "show_detail" in url:
            return "title_" + url.rpartition("id=")[2]
        return "search_" + url.rpartition("page=")[2] if "resultXML" in url else "list"


def ask(wire: Wire, url: str) -> tuple[int, bytes, Mapping[str, str]]:
    with wire.open(url, headers={}, form=None, deadline=5.0) as answer:
        return answer.status, b"".join(answer.chunks), answer.headers


def odd(code: str, text: str) -> None:
    ODD.append(code)


ODD: list[str] = []


def test_a_title_is_told_by_its_page_and_a_hidden_one_stays_as_it_is() -> None:
    canned = Canned(list=PAGE.format(RECORD.format(n=1) + HIDDEN).encode(), title_1=collection(mods(1)))
    wire = slims_pages.with_copies(canned, Site(url=OAI2), odd)
    status, body, _ = ask(wire, f"{OAI2}?verb=ListRecords&metadataPrefix=oai_dc")
    assert status == 200
    first, second = oai.read(body).items
    assert first.content is not None
    assert b"holdingSimple" in first.content
    assert b"purl.org" not in first.content
    assert second.header.deleted
    assert len(canned.asked) == 2


def test_a_server_that_is_busy_is_heard_as_it_is_and_no_page_is_asked_for_twice() -> None:
    page = PAGE.format(RECORD.format(n=1) + RECORD.format(n=2)).encode()
    canned = Canned(list=page, title_1=collection(mods(1)), title_2=[(503, b"later"), collection(mods(2))])
    wire = slims_pages.with_copies(canned, Site(url=OAI2), odd)
    status, _, headers = ask(wire, f"{OAI2}?verb=ListRecords&metadataPrefix=oai_dc")
    assert (status, headers["retry-after"]) == (503, "7")
    status, body, _ = ask(wire, f"{OAI2}?verb=ListRecords&metadataPrefix=oai_dc")
    assert status == 200
    assert all(b"holdingSimple" in (item.content or b"") for item in oai.read(body).items)
    assert [url.rpartition("id=")[2] for url in canned.asked if "id=" in url] == ["1", "2", "2"]


def test_a_title_without_a_page_stays_as_the_list_tells_it() -> None:
    ODD.clear()
    canned = Canned(list=PAGE.format(RECORD.format(n=1)).encode(), title_1=b"<!DOCTYPE html><html></html>")
    wire = slims_pages.with_copies(canned, Site(url=OAI2), odd)
    _, body, _ = ask(wire, f"{OAI2}?verb=ListRecords&metadataPrefix=oai_dc")
    assert b"Judul 1</title></dc>" in body
    assert ODD == ["copies_not_given"]


def test_other_verbs_and_failures_pass_as_they_are() -> None:
    for said in (b"<OAI-PMH/>", (500, b"<html>"), b"<OAI-PMH><cut"):
        canned = Canned(list=said)
        wire = slims_pages.with_copies(canned, Site(url=OAI2), odd)
        wanted = said if isinstance(said, tuple) else (200, said)
        assert ask(wire, f"{OAI2}?verb=ListRecords")[:2] == wanted
        assert ask(wire, f"{OAI2}?verb=ListIdentifiers")[:2] == wanted


def test_pages_make_a_list_that_ends_and_says_how_long_it_is() -> None:
    url = "https://a.example/index.php"
    canned = Canned(
        search_1=collection(*(mods(n, whole=False) for n in range(11, 1, -1)), total=11),
        search_2=collection(mods(1, whole=False), total=11),
        title_1=collection(mods(1)),
    )
    wire = slims_pages.as_provider(canned, Site(url=url, most=0), odd)
    page = oai.read(ask(wire, f"{url}?verb=ListRecords&metadataPrefix=mods")[1])
    assert page.summary.token is not None
    assert (page.summary.token.text, page.summary.token.size, len(page.items)) == ("2", 11, 10)
    wire = slims_pages.as_provider(canned, Site(url=url), odd)
    last = oai.read(ask(wire, f"{url}?verb=ListRecords&resumptionToken=2")[1])
    assert last.summary.token is not None
    assert (last.summary.token.text, len(last.items)) == ("", 1)
    assert last.items[0].header.identifier == "oai:a.example:slims-1"
    names = oai.read(ask(wire, f"{url}?verb=ListIdentifiers&resumptionToken=2")[1])
    assert [item.header.identifier for item in names.items] == ["oai:a.example:slims-1"]


def test_what_pages_cannot_answer_is_an_error_of_the_protocol() -> None:
    url = "https://a.example/index.php"
    canned = Canned(search_1=collection(total=0), title_4=b"<html/>", search_x=b"")
    wire = slims_pages.as_provider(canned, Site(url=url), odd)

    def code(query: str) -> str:
        return oai.read(ask(wire, f"{url}?{query}")[1]).summary.errors[0].code

    assert code("verb=ListRecords&metadataPrefix=mods") == "noRecordsMatch"
    assert code("verb=ListRecords&resumptionToken=x") == "badResumptionToken"
    assert code("verb=ListSets") == "noSetHierarchy"
    assert code("verb=GetRecord&identifier=oai:a.example:slims-4") == "idDoesNotExist"
    assert code("verb=Sing") == "badVerb"


def test_pages_that_are_off_are_a_page_that_is_not_there() -> None:
    url = "https://a.example/index.php"
    wire = slims_pages.as_provider(Canned(search_1=b"<html/>"), Site(url=url), odd)
    assert ask(wire, f"{url}?verb=Identify")[0] == 404
