"""sickle on our own transport: each answer is parsed once, strictly, and errors count only where they belong.

For Identify, ListSets, ListMetadataFormats and GetRecord; long lists go through harvester.harvest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree
from sickle import Sickle
from sickle.iterator import OAIItemIterator
from sickle.models import Header, Record, ResumptionToken

from foundation.strictxml import BadXml, XmlLimits, parse
from harvester import salvage
from harvester.errors import Fault, NotOai, ProtocolError, Truncated
from harvester.oai import OAI_NAMESPACE
from harvester.transport import Conversation

_LIMITS = XmlLimits(bytes=32 * 2**20, depth=128)
_OURS = f"{{{OAI_NAMESPACE}}}"
#: Answers in a row of one list of sets or formats.
_MOST_ANSWERS = 200


class CheckedResponse:
    """What sickle calls an OAIResponse: the tree of one answer, in the right namespace whatever was sent."""

    def __init__(self, root: Any, params: dict[str, str]) -> None:
        self.xml = root
        self.params = params

    @property
    def raw(self) -> str:
        """The answer as text."""
        return str(etree.tostring(self.xml, encoding="unicode"))


class CheckedIterator(OAIItemIterator):  # type: ignore[misc]  # sickle has no types
    """Items at their fixed place; all errors of an answer; tokens trimmed; a list that goes round is ended."""

    resumption_token: ResumptionToken | None
    _had: frozenset[str] = frozenset()

    def _next_response(self) -> None:
        params = self.params
        if self.resumption_token:
            params = {"resumptionToken": self.resumption_token.token, "verb": self.verb}
        self.oai_response = self.sickle.harvest(**params)
        root = self.oai_response.xml
        listed = root.find(_OURS + self.verb)
        self._items = iter([] if listed is None else listed.findall(_OURS + self.element))
        self.resumption_token = self._token(listed)

    def _token(self, listed: Any) -> ResumptionToken | None:
        found = None if listed is None else listed.find(_OURS + "resumptionToken")
        text = "" if found is None else (found.text or "").strip()
        if found is None or not text:
            return None
        if text in self._had or len(self._had) >= _MOST_ANSWERS:
            self.sickle.conversation.tally.odd("goes_round", self.verb)
            return None
        self._had |= {text}
        return ResumptionToken(
            token=text,
            cursor=found.get("cursor"),
            complete_list_size=found.get("completeListSize"),
            expiration_date=found.get("expirationDate"),
        )


class CheckedHeader(Header):  # type: ignore[misc]  # sickle has no types
    """A header whose status may be written in any case."""

    identifier: str | None

    def __init__(self, header_element: Any) -> None:
        super().__init__(header_element)
        self.deleted = (self.xml.get("status") or "").strip().lower() == "deleted"
        self.identifier = (self.identifier or "").strip() or None


class CheckedRecord(Record):  # type: ignore[misc]  # sickle has no types
    """A record that may lack its header or its metadata; then `header` or `metadata` is None."""

    def __init__(self, record_element: Any, strip_ns: bool = True) -> None:
        self.xml = record_element
        self._strip_ns = strip_ns
        self._oai_namespace = _OURS
        found = record_element.find(_OURS + "header")
        self.header = None if found is None else CheckedHeader(found)
        self.deleted = bool(self.header and self.header.deleted)
        body = record_element.find(_OURS + "metadata")
        self.metadata = self.get_metadata() if body is not None and len(body) and not self.deleted else None


class CheckedSickle(Sickle):  # type: ignore[misc]  # sickle has no types
    """sickle.Sickle whose requests go through a Conversation."""

    class_mapping: dict[str, Any]

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation.endpoint.url, iterator=CheckedIterator)
        self.class_mapping = {**self.class_mapping, "GetRecord": CheckedRecord, "ListRecords": CheckedRecord}
        self.class_mapping["ListIdentifiers"] = CheckedHeader
        self.conversation = conversation

    def harvest(self, **kwargs: str) -> CheckedResponse:
        """One answer. Raises harvester.errors.HarvestFailed, ProtocolError with all errors of the answer."""
        root = self.conversation.ask(kwargs, _tree)
        if not any(one.tag == _OURS + kwargs["verb"] for one in root):
            faults = [
                Fault(code=(one.get("code") or "").strip(), text=(one.text or "").strip()[:500])
                for one in root.findall(_OURS + "error")
            ]
            if faults:
                raise ProtocolError(faults)
            raise NotOai(f"an answer without {kwargs['verb']}")
        return CheckedResponse(root, kwargs)


def _tree(chunks: Iterable[bytes]) -> Any:
    """The root of an answer, its OAI-PMH elements in the right namespace."""
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) > _LIMITS.bytes:
            raise NotOai("the answer is too long")
    start = re.search(rb"<\?xml[\s?]|<(?:[A-Za-z_][\w.-]*:)?OAI-PMH[\s>]", data[: 64 * 1024])
    if start is None:
        raise NotOai("no OAI-PMH here") if data.strip() else Truncated("the answer is empty")
    data = re.sub(
        rb"(<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']", rb"\1", data[start.start() :], count=1
    )
    ends = list(re.finditer(rb"</(?:[A-Za-z_][\w.-]*:)?OAI-PMH\s*>", data))
    data = data[: ends[-1].end()] if ends else data
    try:
        root = parse(data, limits=_LIMITS)
    except BadXml as error:
        if error.kind in ("empty", "cut_short"):
            raise Truncated(str(error)) from None
        if error.kind not in ("malformed", "encoding"):
            raise NotOai(str(error)) from None
        try:
            root = parse(salvage.mend(data), limits=_LIMITS)
        except BadXml:
            raise NotOai(str(error)) from None
    space, _, name = root.tag.rpartition("}")
    if name != "OAI-PMH":
        raise NotOai(f"the root element is <{name[:40]}>")
    own = space + "}" if space else ""
    if own != _OURS:
        for one in root.iter():
            if isinstance(one.tag, str) and (one.tag.startswith(own) if own else "}" not in one.tag):
                one.tag = _OURS + one.tag[len(own) :]
    return root
