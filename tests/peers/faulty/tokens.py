"""Tokens of the provider of faults: what they say, which it takes, and how its lists go on or stop."""

from __future__ import annotations

import time
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from tests.peers.faulty.base import Base
from tests.peers.faulty.values import Asked, Reply

_NASTY = "a+b/c=d&e f!g%25h#"


class Tokens(Base):
    """Writes and reads tokens. A token says all that was asked for, and from where on."""

    _born: dict[str, float]

    def token_text(self, asked: Asked, offset: int) -> str:
        plain = f"{offset}|{asked.since}|{asked.till}|{asked.spec}|{asked.prefix}"
        if self.has("nasty_token"):
            plain = _NASTY + plain
        if self.has("encoded_token"):
            plain = quote(plain, safe="")
        if self.has("random_token"):
            plain = f"{plain}|{time.monotonic_ns()}"
        self.__dict__.setdefault("_born", {})[plain] = time.monotonic()
        return plain

    def read_token(self, arguments: dict[str, str]) -> Asked | None:
        text = arguments["resumptionToken"]
        if self.has("nasty_token"):
            text = text.partition("#")[2]
        if self.has("encoded_token"):
            text = unquote(text)
        parts = text.strip().split("|")
        if len(parts) < 5 or not parts[0].isdigit():
            return None
        asked = Asked(offset=int(parts[0]), since=parts[1], till=parts[2], spec=parts[3], prefix=parts[4])
        if self.has("forgets_window"):
            asked.since = asked.till = ""
        if self.has("forgets_set"):
            asked.spec = ""
        return asked

    def token_refused(self, verb: str, arguments: dict[str, str], raw: str) -> Reply | None:
        token = arguments["resumptionToken"]
        bad = self.refuse("badResumptionToken", arguments)
        if self.has("needs_prefix"):
            if "metadataPrefix" not in arguments:
                return self.refuse("badArgument", arguments, "metadataPrefix is required")
        elif len(arguments) > 2 + ("mode" in arguments):
            return self.refuse("badArgument", arguments, "resumptionToken is exclusive")
        is_refused = (
            (self.has("nasty_token") and not token.startswith(_NASTY))
            or (self.has("encoded_token") and unquote(token) == token)
            or (self.has("verbatim_token") and "%7C" in raw)
            or (self.has("space_matters") and token.strip() == token)
            or (self.has("space_token") and token.strip() != token)
            or self.once("token_dies_once", verb)
            or (self.has("token_dies") and verb == "ListRecords" and token.startswith("20"))
            or (self.has("token_dies_everywhere") and token.startswith("20"))
            or (
                self.has("token_lives_briefly")
                and time.monotonic() - self.__dict__.get("_born", {}).get(token, 0.0) > 1.0
            )
        )
        return bad if is_refused else None

    def token(self, verb: str, asked: Asked, had: int, total: int) -> str:
        """The token after a page that ends at `offset + had` of `total` records; '' for none."""
        offset, following = asked.offset, asked.offset + had
        records = verb == "ListRecords"
        size = "" if self.has("no_size") else f' completeListSize="{total}" cursor="{offset}"'
        if self.has("wild_attributes"):
            size += ' expirationDate="2026-11-23GMT+0000GMT+00000" expiration_date="x"'
        if self.has("wild_sizes"):
            size = f' completeListSize="{total + offset}" cursor="{following + 7}"'
        if following >= 20 and (self._is("stops_early", records) or self.has("stops_early_everywhere")):
            return ""
        if self._is("empty_token_early", records) and following >= 20:
            return f"<resumptionToken{size}/>"
        if following >= 20 and (self._is("same_token", records) or self.has("same_token_everywhere")):
            following = 10
        if following >= 30 and (self._is("cycle", records) or self.has("cycle_everywhere")):
            following = 0
        if following >= total and not (self._is("invents", records) or self.has("invents_everywhere")):
            return self._last(asked, size, total)
        text = escape(self.token_text(asked, following))
        if self.has("space_token") or self.has("space_matters"):
            text = f"\n   {text}\n  "
        if self.has("oversize"):
            size = size.replace(f'completeListSize="{total}"', f'completeListSize="{total + 60}"')
        return f"<resumptionToken{size}>{text}</resumptionToken>"

    def _is(self, fault: str, applies: bool) -> bool:
        return applies and self.has(fault)

    def _last(self, asked: Asked, size: str, total: int) -> str:
        if self.has("tail_no_records") or self.has("one_token_more"):
            return f"<resumptionToken{size}>{self.token_text(asked, total)}</resumptionToken>"
        if self.has("no_last_token"):
            return ""
        if self.has("blank_last_token"):
            return f"<resumptionToken{size}>\n   </resumptionToken>"
        return f"<resumptionToken{size}/>" if asked.offset or self.has("token_on_single") else ""
