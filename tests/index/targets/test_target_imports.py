"""Lists of targets from Koha and pazpar2, read before anything is saved."""

from __future__ import annotations

import pytest

from index.targets import checking, flat
from index.targets.imports import koha, pazpar2
from index.targets.imports.found import Found, Unreadable
from index.targets.samples import SAMPLES, copied

HEAD = (
    "id,host,port,db,userid,password,servername,checked,rank,syntax,timeout,servertype,encoding,recordtype,"
    "sru_options,sru_fields,attributes,add_xslt\n"
)


def one(rows: str) -> Found:
    (found,) = koha.read((HEAD + rows).encode())
    return found


def codes(found: Found) -> list[str]:
    return [remark.code for remark in found.remarks]


def test_a_z3950_server_of_koha_becomes_a_target_with_all_that_koha_knew() -> None:
    found = one(
        "1,kat.example,2100,BUKU,silang,r4h4sia,Perpustakaan Kota,1,0,UNIMARC,15,zed,ISO_5426,biblio,,,"
        "@attr 2=3 @attr 5=1,\n"
    )
    assert found.faults == ()
    assert found.remarks == ()
    profile = flat.read(found.flat)
    assert profile.code == "perpustakaan-kota"
    assert profile.address.url == "z3950://kat.example:2100/BUKU"
    assert (profile.authentication.kind, profile.authentication.user) == ("idpass", "silang")
    assert found.password == "r4h4sia"
    assert "r4h4sia" not in str(found.flat)
    assert profile.retrieval.syntaxes == ("unimarc", "xml", "sutrs")
    assert (profile.retrieval.flavour, profile.retrieval.charset) == ("unimarc", "iso-5426")
    assert profile.limits.search_seconds == 15
    assert [(a.type, a.value) for a in profile.dialect.shapes.always] == [(2, 3), (5, 1)]


def test_an_sru_server_of_koha_brings_its_options_and_fields() -> None:
    found = one(
        '7,sru.example,8080,katalog,,,SRU,0,1,USMARC,0,sru,utf8,biblio,"sru=get,sru_version=1.2,mood=good",'
        '"title=dc.title,isbn=bath.isbn,srchany=cql.serverChoice,colour=x.y",,\n'
    )
    assert found.faults == ()
    assert codes(found) == ["option", "field"]
    profile = flat.read(found.flat)
    assert profile.address.url == "sru+http://sru.example:8080/katalog"
    assert (profile.dialect.sru_method, profile.dialect.sru_version) == ("get", "1.2")
    assert profile.dialect.indexes == {
        "title": ("dc.title",),
        "isbn": ("bath.isbn",),
        "any": ("cql.serverChoice",),
    }


def test_exports_of_other_programs_are_read_too() -> None:
    row = "1\tkat.example\t210\tx\tNULL\tNULL\tKota\t1\t0\tUSMARC\t0\tzed\tutf8\tbiblio\tNULL\tNULL\tNULL\tNULL\n"
    (plain,) = koha.read(HEAD.replace(",", "\t").encode() + row.encode())
    assert plain.password == ""
    assert "authentication" not in plain.flat
    (headless,) = koha.read(row.replace("\t", ";").encode())
    assert headless.flat["url"] == plain.flat["url"]
    (signed,) = koha.read(b"\xef\xbb\xbf" + HEAD.encode() + b'"1","k\xc3\xa9t.example","210","x"\n')
    assert signed.faults  # not a host name


def test_rows_say_what_was_not_taken_over() -> None:
    found = one("1,k.example,210,x,,,A,1,0,USMARC,0,zed,KLINGON-8,authority,,,@and nonsense,a.xsl\n")
    assert codes(found) == ["charset", "attributes", "authorities", "xslt"]
    bad = one("1,,210,x,,,A,1,0,PAPYRUS,0,zed,utf8,biblio,,,,\n")
    assert dict(bad.faults) == {"url": "bad_url", "syntaxes": "unknown"}


def test_two_servers_of_one_name_get_codes_of_their_own() -> None:
    rows = "1,a.example,210,x,,,Kota,1,0,USMARC,0,zed,utf8,biblio,,,,\n" * 2
    assert [f.flat["code"] for f in koha.read((HEAD + rows).encode(), {"kota"})] == ["kota-2", "kota-3"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"name,colour\nx,red\n", "no_columns"),
        (b"\x00\x01\x02", "not_text"),
        (HEAD.encode() + b'"open,1,2\n', "not_a_table"),
        (b"x" * 300_000, "too_long"),
    ],
)
def test_what_is_no_table_of_koha_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        koha.read(data)
    assert refused.value.reason == reason


PAZPAR2 = b"""<settings xmlns="http://www.indexdata.com/pazpar2/1.0" target="*">
 <set name="pz:maxrecs" value="250"/><set name="pz:cclmap:term" value="u=1016 t=l,r s=al"/>
 <set name="pz:cclmap:ti" value="u=4 s=al"/><set name="pz:xslt" value="auto"/>
 <set target="kat.example:210/*" name="pz:piggyback" value="0"/>
 <set target="kat.example:210/buku" name="pz:name" value="Buku"/>
 <set target="kat.example:210/buku" name="pz:nativesyntax" value="iso2709;marc8"/>
 <set target="kat.example:210/buku" name="pz:requestsyntax" value="usmarc"/>
 <set target="kat.example:210/buku" name="pz:authentication" value="saya/grup/r4h4sia"/>
 <set target="kat.example:210/buku" name="pz:pqf_prefix" value="@attrset bib-1 @attr 2=3"/>
 <set target="sru.example/db" name="pz:sru" value="get"/><set target="sru.example/db" name="pz:sru_version" value="1.2"/>
 <set target="solr.example/x" name="pz:sru" value="solr"/><set target="solr.example/x" name="pz:mood" value="good"/>
</settings>"""


def test_settings_of_pazpar2_hold_for_the_targets_that_they_name() -> None:
    buku, sru, solr = pazpar2.read(PAZPAR2)
    profile = flat.read(buku.flat)
    assert buku.faults == ()
    assert buku.remarks == ()
    assert profile.address.url == "z3950://kat.example:210/buku"
    assert profile.limits.most_records == 250
    assert not profile.dialect.piggyback
    assert buku.flat["attributes"] == {"any": ["1=1016"], "title": ["1=4"]}
    assert profile.retrieval.charset == "marc-8"
    assert (profile.authentication.kind, profile.authentication.group) == ("idpass", "grup")
    assert buku.password == "r4h4sia"
    assert "r4h4sia" not in str(buku.flat)
    assert buku.flat["always"] == "@attr 2=3"
    assert sru.flat["url"] == "sru+http://sru.example/db"
    assert sru.faults == ()
    assert codes(sru) == ["no_name", "cclmap_sru"]
    assert dict(solr.faults) == {"url": "required"}
    assert codes(solr) == ["solr", "no_name", "setting", "cclmap_sru"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<settings", "not_xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><settings>&a;</settings>", "not_xml"),
        (b"<html/>", "not_settings"),
        (b"<settings><set target='*' name='pz:maxrecs' value='1'/></settings>", "no_targets"),
    ],
)
def test_what_is_no_settings_file_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        pazpar2.read(data)
    assert refused.value.reason == reason


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_whole_and_switched_off(name: str) -> None:
    said = copied(name, "own")
    said.pop("password", None)
    profile = flat.read(said)
    assert list(checking.faults(profile)) == []
    assert not profile.policy.enabled
    assert profile.code == "own"
