"""ListRecords, ListIdentifiers and GetRecord of the provider of faults."""

from __future__ import annotations

from tests.peers.faulty.base import Base
from tests.peers.faulty.faults import RECORD
from tests.peers.faulty.records import Records
from tests.peers.faulty.tokens import Tokens
from tests.peers.faulty.values import EPOCH, Asked, Entry, Reply

_ALLOWED = {"verb", "metadataPrefix", "from", "until", "set", "mode"}


class Lists(Records, Tokens, Base):
    """Answers the verbs about records."""

    def offered(self) -> tuple[str, ...]:
        return ("oai_dc", self.prefix)

    def list_verb(self, verb: str, arguments: dict[str, str], raw: str) -> Reply:
        token = arguments.get("resumptionToken")
        if token is not None:
            refused = self.token_refused(verb, arguments, raw)
            if refused is not None:
                return refused
            asked = self.read_token(arguments)
            if asked is None:
                return self.refuse("badResumptionToken", arguments)
        else:
            refused = self._arguments_refused(arguments)
            if refused is not None:
                return refused
            asked = self._asked(arguments)
        if verb == "ListRecords" and token and self.once("grows"):
            self.entries.insert(0, Entry(number=31, at=EPOCH, title="Judul 31"))
            self.entries.pop(3)  # everything behind it moves up, past the page border
            self.entries.pop(4)
        chosen = self.choose(asked)
        if self.has("empty_list"):
            return self.finish(f"<{verb}/>", arguments)
        if not chosen:
            return self.refuse("noRecordsMatch", arguments)
        special = self._special(verb, asked, chosen, arguments)
        if special is not None:
            return special
        page = chosen[asked.offset : asked.offset + self.page]
        if self.has("duplicates") and asked.offset:
            page = [chosen[asked.offset - 1], *page[:-1]]  # each page repeats the last one of the page before
        shown = [one for one in page if not (one.deleted and self.has("hides_deleted"))]
        body = "".join(self.record(one, verb, asked.prefix) for one in shown)
        body += self.token(verb, asked, len(page), len(chosen))
        return self.finish(f"<{verb}>{body}</{verb}>", arguments, page=asked.offset // self.page + 1)

    def get_record(self, arguments: dict[str, str]) -> Reply:
        if arguments.get("metadataPrefix") not in self.offered():
            return self.refuse("cannotDisseminateFormat", arguments)
        if self.has("get_broken"):
            return Reply(b"PHP Fatal error", 500)
        for one in self.entries:
            if one.deleted and self.has("hides_deleted"):
                continue
            if one.identifier == arguments.get("identifier"):
                if self.has("unknown_on_get") and one.number == 15:
                    break
                if self.has("poison") and one.number == 15:
                    return Reply(b"PHP Fatal error", 500)
                plain = set(self.faults)
                self.faults -= RECORD
                try:
                    body = self.record(one, "GetRecord", arguments["metadataPrefix"])
                finally:
                    self.faults = plain
                return self.finish(f"<GetRecord>{body}</GetRecord>", arguments)
        return self.refuse("idDoesNotExist", arguments)

    # --- what is asked for ---

    def _arguments_refused(self, arguments: dict[str, str]) -> Reply | None:
        if "metadataPrefix" not in arguments or set(arguments) - _ALLOWED:
            return self.refuse("badArgument", arguments)
        if arguments["metadataPrefix"] not in self.offered() or (
            arguments["metadataPrefix"] == self.prefix and self.has("wrong_offer")
        ):
            return self.refuse("cannotDisseminateFormat", arguments)
        if arguments.get("set") and self.has("no_sets"):
            return self.refuse("noSetHierarchy", arguments)
        dates = [arguments[name] for name in ("from", "until") if name in arguments]
        if len({len(text) for text in dates}) > 1:
            return self.refuse("badArgument", arguments, "granularity differs")
        wants_days = self.has("refuses_seconds") or self.has("day_granularity")
        if any(len(text) != 10 for text in dates) and wants_days:
            return self.refuse("badArgument", arguments, "granularity")
        if any(len(text) == 10 for text in dates) and self.has("refuses_days"):
            return self.refuse("badArgument", arguments, "granularity")
        if self.has("strict_dates") and arguments.get("from", "9") < "2026-01-01T00:00:00Z":
            return self.refuse("badArgument", arguments, "from lies before the earliest datestamp")
        return None

    def _asked(self, arguments: dict[str, str]) -> Asked:
        asked = Asked(
            prefix=arguments["metadataPrefix"],
            since=arguments.get("from", ""),
            till=arguments.get("until", ""),
            spec=arguments.get("set", ""),
        )
        if self.has("ignores_from"):
            asked.since = asked.till = ""
        return asked

    def choose(self, asked: Asked) -> list[Entry]:
        """The records that an honest provider has for what was asked."""
        return [
            one
            for one in self.entries
            if self._since(one, asked.since)
            and self._till(one, asked.till)
            and (
                not asked.spec
                or (one.set_spec + ":").startswith(asked.spec + ":")
                or (asked.spec == "semua" and self.has("in_two_sets"))
            )
        ]

    def _since(self, one: Entry, since: str) -> bool:
        at = self.stamp(one)[: len(since)]
        return not since or at > since or (at == since and not self.has("exclusive_from"))

    def _till(self, one: Entry, till: str) -> bool:
        at = self.stamp(one)[: len(till)]
        return not till or at < till or (at == till and not self.has("exclusive_until"))

    # --- whole answers of a list ---

    def _special(
        self, verb: str, asked: Asked, chosen: list[Entry], arguments: dict[str, str]
    ) -> Reply | None:
        records, offset = verb == "ListRecords", asked.offset
        if (self.has("invents") and records) or self.has("invents_everywhere"):
            while len(chosen) < offset + self.page:
                number = len(chosen) + 1
                chosen.append(Entry(number=number, at=EPOCH, title=f"Judul {number}"))
        if offset >= len(chosen):
            if self.has("one_token_more"):  # an empty page ends it
                return self.finish(f"<{verb}><resumptionToken/></{verb}>", arguments)
            return self.refuse("noRecordsMatch", arguments)
        tails = self.has("tail_early_everywhere") or (self.has("tail_early") and records)
        if offset >= 10 and (tails or (self.has("tail_selective") and (asked.since or asked.till))):
            return self.refuse("noRecordsMatch", arguments)
        page = chosen[offset : offset + self.page]
        if self.has("poison") and records and any(one.number == 15 for one in page):
            return Reply(b"<?xml version='1.0'?><OAI-PMH><html>Fatal error", 500)
        if records and offset == 10 and self.once("empty_pages", times=3):
            return self._empty(verb, asked, arguments)
        if records and offset == 10 and self.has("endless_empty"):
            return self._empty(verb, asked, arguments)
        if records and offset == 10 and self.once("wrong_verb_once"):
            return self.identify(arguments)
        return None

    def _empty(self, verb: str, asked: Asked, arguments: dict[str, str]) -> Reply:
        text = self.token_text(asked, asked.offset)
        return self.finish(f"<{verb}><resumptionToken>{text}</resumptionToken></{verb}>", arguments)

    def identify(self, arguments: dict[str, str]) -> Reply:
        raise NotImplementedError
