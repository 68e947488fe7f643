"""The strict parser refuses what is dangerous, broken or too large, and says where."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from foundation import strictxml
from foundation.strictxml import BadXml, XmlLimits, parse, pull, release


def in_pieces(data: bytes, size: int) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def by_pull(data: bytes, size: int = 65536, limits: XmlLimits = strictxml.DEFAULT) -> None:
    for _ in pull(in_pieces(data, size), limits=limits):
        pass


def by_pull_of_single_bytes(data: bytes) -> None:
    by_pull(data, 1)


BOTH = pytest.mark.parametrize("read", [parse, by_pull])

LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><l>&a9;</l>"
)
DOCTYPES = {
    "file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "http": b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
    "external DTD": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "public DTD": b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"><html/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><a/>',
    "laughs": LAUGHS,
    "quadratic": b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>",
    "in an attribute": b'<!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>',
    "after a declaration": b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    "after comments": b"<!-- <a/> --><?x y?>\n<!-- --> <!DOCTYPE a><a/>",
    "after a mark": b"\xef\xbb\xbf<!DOCTYPE a><a/>",
    "utf-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
    "utf-16 without a mark": "<!DOCTYPE a><a/>".encode("utf-16-be"),
    "utf-32": "<!DOCTYPE a><a/>".encode("utf-32"),
    "padded": b"<!--" + b"x" * 2_000 + b"--><!DOCTYPE a><a/>",
    "html": b"<!DOCTYPE html><html><body><br></body></html>",
}


@pytest.mark.parametrize("read", [parse, by_pull, by_pull_of_single_bytes])
@pytest.mark.parametrize("name", DOCTYPES)
def test_any_doctype_is_refused(name: str, read: Callable[[bytes], object]) -> None:
    start = time.perf_counter()
    with pytest.raises(BadXml) as caught:
        read(DOCTYPES[name])
    assert caught.value.kind == "doctype"
    assert time.perf_counter() - start < 1


@BOTH
def test_a_doctype_in_an_encoding_that_hides_it_is_refused(read: Callable[[bytes], object]) -> None:
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>'
    with pytest.raises(BadXml, match="UTF-7") as caught:
        read(hidden)
    assert caught.value.kind == "encoding"


def test_entities_are_not_looked_up_even_where_the_scan_is_fooled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strictxml, "_prolog_end", lambda data: 0)
    for name in ("file", "http", "external DTD", "laughs", "in an attribute"):
        for read in (parse, by_pull):
            with pytest.raises(BadXml):
                read(DOCTYPES[name])


TOO_LARGE = {
    "200,000 attributes": b"<a " + b" ".join(b"a%d=''" % n for n in range(200_000)) + b"/>",
    "257 attributes": b"<r><a " + b" ".join(b"a%d=''" % n for n in range(257)) + b"/></r>",
    "257 attributes behind >": b"<r><a z='>' " + b" ".join(b"a%d='>'" % n for n in range(257)) + b"/></r>",
    "deep": b"<a>" * 300 + b"</a>" * 300,
    "100,000 deep": b"<a>" * 100_000,
    "a text of 11 MB": b"<a><b>" + b"x" * (11 << 20) + b"</b></a>",
    "an attribute of 11 MB": b"<a b='" + b"x" * (11 << 20) + b"'/>",
    "CDATA of 11 MB": b"<a><![CDATA[" + b"x" * (11 << 20) + b"]]></a>",
    "a comment of 11 MB": b"<a><!--" + b"x" * (11 << 20) + b"--></a>",
    "3,000,000 nodes": b"<a>" + b"<b/>" * 3_000_000 + b"</a>",
}


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_costs_too_much_is_refused(name: str, read: Callable[..., object]) -> None:
    limits = XmlLimits(nodes=200_000) if read is by_pull else strictxml.DEFAULT
    with pytest.raises(BadXml) as caught:
        read(TOO_LARGE[name], limits=limits)
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize("size", [1, 7, 100, 641, 65536])
def test_too_many_attributes_are_found_wherever_the_chunks_are_cut(size: int) -> None:
    for name in ("257 attributes", "257 attributes behind >"):
        with pytest.raises(BadXml, match="more than 256 attributes"):
            by_pull(TOO_LARGE[name], size)


@BOTH
def test_exactly_256_attributes_and_long_texts_full_of_equal_signs_are_fine(
    read: Callable[[bytes], object],
) -> None:
    read(b"<a " + b" ".join(b"a%d='1=2=3'" % n for n in range(256)) + b">" + b"x=1 &amp; " * 5000 + b"</a>")
    read(b"<a><![CDATA[" + b"<b c='1'> d=e " * 5000 + b"]]></a>")


def test_depth_is_counted_from_the_root() -> None:
    assert parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"
    with pytest.raises(BadXml, match="64 deep"):
        parse(b"<a>" * 65 + b"</a>" * 65)
    assert parse(b"<a>" * 65 + b"</a>" * 65, limits=XmlLimits(depth=65)).tag == "a"


def test_a_document_over_its_byte_limit_is_refused() -> None:
    limits = XmlLimits(bytes=1000)
    for read in (parse, lambda data, limits: by_pull(data, 100, limits)):
        read(b"<a>" + b"x" * 993 + b"</a>", limits=limits)
        with pytest.raises(BadXml, match="1,000 bytes"):
            read(b"<a>" + b"x" * 994 + b"</a>", limits=limits)


def test_one_endless_element_is_refused_long_before_the_document_limit() -> None:
    def endless() -> Iterable[bytes]:
        yield b"<list><record>"
        while True:
            yield b"<a>text</a>" * 5000

    with pytest.raises(BadXml, match="one element is longer"):
        for _ in pull(endless(), tags="record", limits=XmlLimits(bytes=2**40, held_bytes=2**21)):
            pass


MALFORMED = {
    "cut short": (b"<a><b>text</b>", "cut_short"),
    "cut in a tag": (b"<a><b", "cut_short"),
    "cut in the prolog": (b"<?xml version='1.0'", "cut_short"),
    "nothing": (b"", "empty"),
    "white space": (b" \n ", "empty"),
    "a byte-order mark": (b"\xef\xbb\xbf", "empty"),
    "text after the end": (b"<a></a>\n<br>Notice", "extra"),
    "two roots": (b"<a/><a/>", "extra"),
    "unclosed": (b"<html><br></html>", "malformed"),
    "no XML": (b"Service unavailable", "malformed"),
    "JSON": (b'{"a": 1}', "malformed"),
    "HTML entity": (b"<a>1&nbsp;2</a>", "malformed"),
    "bare ampersand": (b"<a>Tom & Jerry</a>", "malformed"),
    "control character": (b"<a>\x03</a>", "malformed"),
    "control reference": (b"<a>&#x1a;</a>", "malformed"),
    "undeclared prefix": (b"<x:a/>", "malformed"),
    "Latin-1 called UTF-8": (b"<?xml version='1.0' encoding='UTF-8'?><a>caf\xe9 x</a>", "encoding"),
    "half a surrogate": ("<a>x</a>".encode("utf-16-le") + b"\x00", "encoding"),
    "unknown encoding": (b"<?xml version='1.0' encoding='klingon'?><a/>", "encoding"),
    "a notice first": (b"Notice: x\n<?xml version='1.0'?><a/>", "malformed"),
}


@pytest.mark.parametrize("read", [parse, by_pull, by_pull_of_single_bytes])
@pytest.mark.parametrize("name", MALFORMED)
def test_nothing_is_repaired(name: str, read: Callable[[bytes], object]) -> None:
    data, kind = MALFORMED[name]
    with pytest.raises(BadXml) as caught:
        read(data)
    assert caught.value.kind == kind


def test_a_fault_says_line_column_and_offset() -> None:
    data = "<a>\n  <b>äöü &amp; & </b>\n</a>".encode()
    with pytest.raises(BadXml) as caught:
        parse(data)
    bad = caught.value
    assert (bad.line, bad.column) == (2, 17)
    assert bad.offset is not None
    assert data[: bad.offset].endswith("äöü &amp; &".encode())
    assert "line 2" in str(bad)


def test_pull_hands_out_what_came_before_the_fault() -> None:
    seen = []
    with pytest.raises(BadXml, match="nbsp") as caught:
        for _, element in pull([b"<r><a>1</a><a>2</a>", b"<a>x&nbsp;y</a><a>4</a></r>"], tags="a"):
            seen.append(element.text)
    assert seen[:2] == ["1", "2"]
    assert "4" not in seen
    assert caught.value.offset == len(b"<r><a>1</a><a>2</a>")


GOOD = {
    "plain": b"<a><b/></a>",
    "utf-8 mark": b"\xef\xbb\xbf<?xml version='1.0'?><a><b/></a>",
    "comments and instructions": b"<?xml version='1.0'?><!-- <!DOCTYPE x> --><?y <!DOCTYPE x> ?>\n<a><b/></a>",
    "latin-1": b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9<b/></a>",
    "utf-16": '<?xml version="1.0" encoding="UTF-16"?><a>ä<b/></a>'.encode("utf-16"),
    "utf-16 big": '<?xml version="1.0" encoding="UTF-16"?><a>ä<b/></a>'.encode("utf-16-be"),
    "a doctype in text": b"<a>&lt;!DOCTYPE x&gt;<![CDATA[<!DOCTYPE y>]]><b/></a>",
    "a namespace that is no URI": b"<a xmlns:x='not a uri'><b/></a>",
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("size", [1, 3, 65536])
def test_good_documents_are_read(name: str, size: int) -> None:
    assert len(parse(GOOD[name])) == 1
    tags = [element.tag for _, element in pull(in_pieces(GOOD[name], size), tags="*")]
    assert tags == ["b", "a"]


def test_leading_white_space_before_a_declaration_is_a_fault_to_be_mended_by_the_caller() -> None:
    with pytest.raises(BadXml, match="XML declaration allowed only"):
        parse(b"\n<?xml version='1.0'?><a/>")


@given(st.binary(max_size=200), st.integers(1, 50))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_and_both_ways_agree(data: bytes, size: int) -> None:
    def outcome(read: Callable[[], object]) -> bool:
        try:
            read()
        except BadXml:
            return False
        return True

    assert outcome(lambda: parse(data)) == outcome(lambda: by_pull(data, size))


@given(st.text(st.sampled_from("<>/ab='\" &;!?-[]xDOCTYPE\n"), max_size=60), st.integers(1, 20))
@settings(max_examples=500, deadline=None)
def test_near_xml_is_read_or_refused_and_both_ways_agree(text: str, size: int) -> None:
    test_any_bytes_are_read_or_refused_and_both_ways_agree.hypothesis.inner_test(text.encode(), size)


def page(records: int) -> Iterable[bytes]:
    yield b"<?xml version='1.0'?><OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><ListRecords>"
    field = b"<f t='245'><s c='a'>Laskar pelangi</s><s c='b'>a novel of Belitong</s></f>"
    for number in range(records):
        yield b"<record><id>%d</id>" % number + field * 20 + b"</record>"
    yield b"</ListRecords></OAI-PMH>"


def in_a_process(code: str) -> list[str]:
    """Lines printed by code that may call `peak()`: KiB resident at most so far, of this process image only."""
    start = """
        import sys
        sys.path.insert(0, {root!r})
        def peak():
            return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
    """
    root = __file__.rsplit("/tests/", 1)[0]
    text = textwrap.dedent(start.format(root=root)) + textwrap.dedent(code)
    out = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return out.stdout.splitlines()


@pytest.mark.slow
def test_memory_stays_flat_over_thirty_megabytes() -> None:
    growth = in_a_process("""
        from foundation.strictxml import pull, release
        from tests.foundation.test_strictxml import page
        def run(records):
            for _, element in pull(page(records), tags="{http://www.openarchives.org/OAI/2.0/}record"):
                release(element)
            return peak()
        first = run(500)
        print(run(20_000) - first)
    """)
    assert int(growth[0]) < 4096


def test_the_parser_imports_light() -> None:
    size, heavy = in_a_process("""
        import foundation.strictxml
        print(peak())
        print([m for m in ("requests", "numpy", "sqlalchemy", "zstandard") if m in sys.modules])
    """)
    assert heavy == "[]"
    assert int(size) < 30 * 1024


def test_refusing_attacks_costs_little_memory() -> None:
    growth = in_a_process("""
        from foundation.strictxml import BadXml, parse
        from tests.foundation.test_strictxml import DOCTYPES, LAUGHS, TOO_LARGE
        attacks = [LAUGHS, DOCTYPES["quadratic"], TOO_LARGE["100,000 deep"], TOO_LARGE["200,000 attributes"]]
        first = peak()
        for data in attacks:
            try:
                parse(data)
                print("accepted")
            except BadXml:
                pass
        print(peak() - first)
    """)
    assert int(growth[0]) < 10 * 1024


def test_release_keeps_the_parent_small() -> None:
    for _, element in pull(page(100), tags="{*}record"):
        parent = element.getparent()
        release(element)
        assert isinstance(parent, etree._Element)
        assert len(parent) == 1
