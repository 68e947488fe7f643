"""One or more of every PDU, with all their fields in use: for round trips, the oracle and the mutations."""

from __future__ import annotations

from index.rpn.tree import BIB1, Attribute, Operand, Operator, Proximity, ResultSet, Rpn
from index.z3950 import ber, oids
from index.z3950.apdu import (
    VERSION_2,
    AccessControlRequest,
    AccessControlResponse,
    Category,
    Close,
    CloseReason,
    Composition,
    CqlQuery,
    DeleteRequest,
    DeleteResponse,
    DeleteStatus,
    Delivered,
    Diagnostic,
    Entries,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    External,
    IdPass,
    Info,
    InitRequest,
    InitResponse,
    Measure,
    Pdu,
    PresentRequest,
    PresentResponse,
    Range,
    RawRecord,
    ResourceControlRequest,
    ResourceControlResponse,
    ResourceReportRequest,
    ResourceReportResponse,
    Rpn101,
    ScanRequest,
    ScanResponse,
    ScanTerm,
    SearchRequest,
    SearchResponse,
    Segment,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    SortResponse,
    Specification,
    TriggerResourceControl,
    Unit,
)
from index.z3950.apdu.present import ForDatabase
from index.z3950.apdu.services import Permission

SUTRS = ber.element(ber.GENERAL_STRING, b"Aida\nVerdi")
TEXT = External(oid=oids.SUTRS, payload=SUTRS, form="asn1")
INFOS = (
    Info(text="a note"),
    Info(category=Category(type=oids.USER_INFO1, value=1), octets=b"\x00\x01"),
    Info(external=TEXT),
    Info(oid=oids.BIB1),
)
TITLE = (
    Attribute(type=1, value=4),
    Attribute(type=2, value=3),
    Attribute(type=3, value=1),
    Attribute(type=4, value=2),
    Attribute(type=5, value=100),
    Attribute(type=6, value=1),
)
TREE = Operator(
    name="or",
    left=Operator(
        name="prox",
        left=Operand(term=b"aida", attributes=TITLE),
        right=Operand(term=b"Verdi", attributes=(Attribute(type=1, value="author", set=oids.XD1),)),
        proximity=Proximity(distance=3, ordered=True, relation=2, unit=2, exclusion=True),
    ),
    right=Operator(
        name="not",
        left=Operator(name="and", left=ResultSet(name="older"), right=Operand(term=1871)),
        right=Operand(term=b"\xff\xfe"),
    ),
)
PRIVATE = Operator(
    name="prox",
    left=Operand(term=b"a"),
    right=Operand(term=b"b"),
    proximity=Proximity(distance=0, ordered=False, relation=3, unit=77, private=True),
)
REFUSED = Diagnostic(condition=1011, addinfo="Bad username or password")
RECORDS = (
    RawRecord(syntax=oids.USMARC, database="Default", payload=b"00026     2200025   4500\x1e\x1d"),
    RawRecord(syntax=oids.SUTRS, payload=SUTRS, form="asn1"),
    RawRecord(syntax=oids.XML, database="Default", payload=b"<a/>", form="arbitrary"),
    RawRecord(database="Default", diagnostic=Diagnostic(condition=14, addinfo="größer")),
)
FRAGMENTS = (
    RawRecord(syntax=oids.USMARC, database="D", payload=b"000", fragment="starting"),
    RawRecord(payload=b"26", fragment="intermediate"),
    RawRecord(payload=b"x", fragment="final"),
)
BY_SCHEMA = Composition(
    alternative=True,
    generic=Specification(schema=oids.BIB1, elements="F"),
    specific=(
        ForDatabase(
            database="Default", specification=Specification(schema_uri="info:srw/schema/1/marcxml-v1.1")
        ),
    ),
    syntaxes=(oids.USMARC, oids.XML),
)

REQUESTS: tuple[Pdu, ...] = (
    InitRequest(
        reference=b"r1",
        options=frozenset({0, 1, 2, 7, 8, 14, 21}),
        preferred_size=1 << 20,
        exceptional_size=1 << 22,
        authentication="reader/secret",
        implementation_id="81",
        implementation_name="Silang",
        implementation_version="1",
        other_info=INFOS,
    ),
    InitRequest(versions=VERSION_2, authentication=IdPass(group="g", user="u", password="p")),
    InitRequest(authentication=True, user_information=TEXT),
    InitRequest(authentication=TEXT),
    InitRequest(),
    SearchRequest(
        reference=b"r2",
        small_set=10,
        large_set=100,
        medium_set=20,
        replace=False,
        result_set="one",
        databases=("Default", "Second"),
        small_elements="F",
        medium_elements=(("Default", "B"), ("Second", "F")),
        syntax=oids.USMARC,
        query=Rpn(root=TREE, attribute_set=BIB1),
        additional=INFOS,
        other_info=INFOS,
    ),
    SearchRequest(databases=("Default",), query=Rpn101(rpn=Rpn(root=PRIVATE))),
    SearchRequest(databases=("Default",), query=CqlQuery(text='dc.title = "aïda"')),
    PresentRequest(
        reference=b"r3",
        result_set="one",
        start=11,
        count=10,
        ranges=(Range(start=41, count=2), Range(start=51, count=1)),
        elements="B",
        syntax=oids.OPAC,
        max_segments=3,
        max_record_size=70_000,
        max_segment_size=40_000,
        other_info=INFOS,
    ),
    PresentRequest(composition=BY_SCHEMA),
    PresentRequest(elements=(("Default", "F"),), start=-1, count=2**31 - 1),
    DeleteRequest(reference=b"r4", function=0, result_sets=("one", "two"), other_info=INFOS),
    DeleteRequest(function=1),
    AccessControlResponse(reference=b"r5", simple=b"secret", other_info=INFOS),
    AccessControlResponse(external=TEXT),
    AccessControlResponse(diagnostic=REFUSED),
    ResourceControlResponse(reference=b"r6", go_on=False, result_set_wanted=True, other_info=INFOS),
    TriggerResourceControl(
        reference=b"r7", action=3, report_format=oids.SUTRS, result_set_wanted=False, other_info=INFOS
    ),
    ResourceReportRequest(reference=b"r8", operation=b"r7", report_format=oids.SUTRS, other_info=INFOS),
    ScanRequest(
        reference=b"r9",
        databases=("Default",),
        attribute_set=BIB1,
        start=Operand(term=b"aida", attributes=TITLE),
        step=0,
        count=20,
        position=5,
        other_info=INFOS,
    ),
    SortRequest(
        reference=b"ra",
        inputs=("one", "two"),
        output="three",
        keys=(
            SortKeySpec(key="title", relation=1, case=0, missing="abort"),
            SortKeySpec(key=SortAttributes(attributes=TITLE), missing="null"),
            SortKeySpec(key=Specification(schema=oids.BIB1, elements="F"), missing=b"zzz"),
            SortKeySpec(by_database=(("Default", "date"), ("Second", SortAttributes(attributes=TITLE)))),
        ),
        other_info=INFOS,
    ),
    ExtendedServicesRequest(
        reference=b"rb",
        function=1,
        package_type=oids.ITEM_ORDER,
        package_name="p1",
        user="u",
        retention=Measure(value=3, unit=Unit(system="SI", type="time", unit=7, scale=-2)),
        permissions=(Permission(user="u", functions=(1, 4)),),
        description="an order",
        parameters=TEXT,
        wait=2,
        elements="F",
        other_info=INFOS,
    ),
    Close(
        reference=b"rc",
        reason=CloseReason.FINISHED,
        message="goodbye",
        report_format=oids.SUTRS,
        other_info=INFOS,
    ),
)
RESPONSES: tuple[Pdu, ...] = (
    InitResponse(
        reference=b"r1",
        options=frozenset({0, 1, 14}),
        preferred_size=32_768,
        exceptional_size=32_768,
        accepted=True,
        implementation_id="9",
        implementation_name="A server",
        implementation_version="2.0",
        user_information=TEXT,
        other_info=INFOS,
    ),
    InitResponse(versions=VERSION_2),
    SearchResponse(
        reference=b"r2",
        hits=12_345,
        returned=4,
        next_position=5,
        succeeded=True,
        result_set_status=4,
        present_status=0,
        records=Delivered(records=RECORDS),
        additional=INFOS,
        other_info=INFOS,
    ),
    SearchResponse(
        result_set_status=3, records=Delivered(diagnostics=(Diagnostic(condition=114, addinfo="1016"),))
    ),
    PresentResponse(
        reference=b"r3", returned=4, next_position=5, status=2, records=Delivered(records=RECORDS)
    ),
    PresentResponse(status=5, records=Delivered(diagnostics=(REFUSED, Diagnostic(condition=13)))),
    PresentResponse(returned=3, records=Delivered(records=FRAGMENTS), other_info=INFOS),
    Segment(reference=b"r3", returned=4, records=RECORDS, other_info=INFOS),
    DeleteResponse(
        reference=b"r4",
        status=9,
        statuses=(DeleteStatus(result_set="one", status=0), DeleteStatus(result_set="two", status=1)),
        not_deleted=1,
        bulk=(DeleteStatus(result_set="three", status=10),),
        message="one was not there",
        other_info=INFOS,
    ),
    AccessControlRequest(reference=b"r5", simple=b"who are you?", other_info=INFOS),
    AccessControlRequest(external=TEXT),
    ResourceControlRequest(
        reference=b"r6",
        suspended=True,
        report=TEXT,
        partial_results=2,
        response_required=True,
        triggered=False,
        other_info=INFOS,
    ),
    ResourceReportResponse(reference=b"r8", status=1, report=TEXT, other_info=INFOS),
    ScanResponse(
        reference=b"r9",
        step=0,
        status=0,
        returned=4,
        position=2,
        entries=Entries(
            terms=(
                ScanTerm(
                    term=b"aida",
                    display="Aïda",
                    attributes=TITLE,
                    alternatives=(Operand(term=b"aida", attributes=TITLE),),
                    hits=3,
                    other_info=INFOS,
                ),
                ScanTerm(term=7),
                ScanTerm(diagnostic=Diagnostic(condition=233)),
            ),
            diagnostics=(Diagnostic(condition=235), REFUSED),
        ),
        attribute_set=BIB1,
        other_info=INFOS,
    ),
    SortResponse(
        reference=b"ra",
        status=2,
        result_set_status=3,
        diagnostics=(Diagnostic(condition=207),),
        hits=7,
        other_info=INFOS,
    ),
    ExtendedServicesResponse(
        reference=b"rb",
        status=2,
        diagnostics=(Diagnostic(condition=221),),
        package=TEXT,
        other_info=INFOS,
    ),
    Close(reason=CloseReason.LACK_OF_ACTIVITY, report=TEXT),
)
ALL = (*REQUESTS, *RESPONSES)
