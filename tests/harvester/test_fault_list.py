"""The harvester against a provider that misbehaves: never a silent loss, never a loop, one bad record costs one."""

from __future__ import annotations

import pytest

from foundation.clock import system_clock
from foundation.fetch import Fetcher, FetchPolicy
from harvester import scratch
from harvester.receipt import Receipt
from tests.peers.fault_server import FaultServer

pytestmark = pytest.mark.slow


def harvest(server: FaultServer, **options: object) -> Receipt:
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent="Silang/test"))
    try:
        return scratch.try_out(fetcher, server.url, clock=system_clock, **({"patience": 4.0} | options))  # type: ignore[arg-type]
    finally:
        fetcher.close()


#: Everything that can be had is had, and proven. (faults, records rejected)
COMPLETE = [
    ((), 0),
    (("no_size",), 0),
    (("late_503",), 0),
    (("late_503_date",), 0),
    (("late_503_bare",), 0),
    (("late_503_garbage",), 0),
    (("late_429",), 0),
    (("late_502",), 0),
    (("reset_once",), 0),
    (("cut_once",), 0),
    (("truncated_once",), 0),
    (("truncated",), 0),
    (("chunked_cut_once",), 0),
    (("html_once",), 0),
    (("html_always",), 0),
    (("empty_once",), 0),
    (("stall_once",), 0),
    (("redirects",), 0),
    (("no_length",), 0),
    (("length_too_long",), 0),
    (("post_only",), 0),
    (("base_with_query",), 0),
    (("silent_gzip", "everywhere"), 0),
    (("double_gzip",), 0),
    (("announced_gzip_plain",), 0),
    (("html_type", "everywhere"), 0),
    (("bom", "everywhere"), 0),
    (("php_notice", "everywhere"), 0),
    (("notice_after", "everywhere"), 0),
    (("utf16_declared", "everywhere"), 0),
    (("utf16_sent", "everywhere"), 0),
    (("latin1_declared", "everywhere"), 0),
    (("latin1_bytes",), 0),
    (("control_char",), 0),
    (("char_reference",), 0),
    (("bare_ampersand",), 0),
    (("inner_prolog",), 0),
    (("comments",), 0),
    (("payload_like_protocol",), 0),
    (("outer_namespace",), 0),
    (("https_namespace",), 0),
    (("no_namespace",), 0),
    (("prefixed",), 0),
    (("huge_text",), 1),
    (("broken_tag",), 1),
    (("undeclared_prefix",), 1),
    (("no_header",), 1),
    (("no_identifier",), 1),
    (("no_metadata",), 1),
    (("empty_metadata",), 1),
    (("shouting_deleted",), 0),
    (("odd_datestamp",), 0),
    (("local_time",), 0),
    (("identify_broken",), 0),
    (("identify_500",), 0),
    (("formats_broken",), 0),
    (("wrong_offer",), 0),
    (("oversize",), 0),
    (("duplicates",), 0),
    (("oversize", "no_last_token"), 0),
    (("nasty_token",), 0),
    (("encoded_token",), 0),
    (("verbatim_token",), 0),
    (("random_token",), 0),
    (("space_token",), 0),
    (("space_matters",), 0),
    (("needs_prefix",), 0),
    (("wild_attributes",), 0),
    (("token_dies_once",), 0),
    (("token_dies",), 0),
    (("stops_early", "no_size"), 0),
    (("stops_early",), 0),
    (("empty_token_early",), 0),
    (("no_last_token",), 0),
    (("no_last_token", "no_size"), 0),
    (("same_token",), 0),
    (("same_token", "no_size"), 0),
    (("cycle", "random_token"), 0),
    (("tail_no_records",), 0),
    (("tail_early",), 0),
    (("empty_pages",), 0),
    (("endless_empty",), 0),
    (("wrong_verb_once",), 0),
    (("poison",), 1),
    (("token_dies_everywhere",), 0),
    (("stops_early_everywhere",), 0),
    (("stops_early_everywhere", "no_size"), 0),
    (("stops_early_everywhere", "no_size", "day_granularity"), 0),
    (("tail_no_records", "no_size"), 0),
    (("tail_early_everywhere",), 0),
    (("reset_always",), 0),
    (("tail_early_everywhere", "no_size"), 0),
    (("same_token_everywhere",), 0),
    (("cycle_everywhere", "random_token"), 0),
    (("no_last_token", "no_size", "one_moment"), 0),
    (("stops_early", "no_list_identifiers"), 0),
    (("no_last_token", "no_size", "no_list_identifiers"), 0),
]


@pytest.mark.parametrize(
    ("faults", "rejected"), COMPLETE, ids=lambda v: "+".join(v) if isinstance(v, tuple) else ""
)
def test_everything_comes_and_is_proven(faults: tuple[str, ...], rejected: int) -> None:
    with FaultServer(*faults) as server:
        server.entries[7].deleted = True
        slip = harvest(server)
        assert (slip.state, slip.reason) == ("complete", "")
        assert slip.records + slip.deleted + len(slip.rejected) == 30
        assert len(slip.rejected) == rejected
        assert slip.deleted == 1
        assert len(server.log) < 90


#: What is missing is said: never complete.
INCOMPLETE = [
    ("tail_early_everywhere", "one_moment"),
    ("stops_early_everywhere", "one_moment"),
    ("stops_early", "no_list_identifiers", "one_moment"),
    ("no_last_token", "no_size", "no_list_identifiers", "one_moment"),
    ("come_tomorrow",),
    ("doctype", "everywhere"),
    ("redirect_loop",),
    ("login_page",),
    ("forbidden",),
    ("not_found",),
    ("needs_login",),
]


@pytest.mark.parametrize("faults", INCOMPLETE, ids="+".join)
def test_what_is_missing_is_never_called_complete(faults: tuple[str, ...]) -> None:
    with FaultServer(*faults) as server:
        slip = harvest(server, patience=2.0)
        assert slip.state in ("incomplete", "failed")
        assert slip.reason
        assert len(server.log) < 90


def test_a_single_page_is_complete_even_where_identifiers_are_not_listed() -> None:
    with FaultServer("no_list_identifiers", page=30) as server:
        slip = harvest(server)
        assert (slip.state, slip.records) == ("complete", 30)


def test_records_outside_the_set_that_tokens_forget_are_left_out() -> None:
    with FaultServer(count=60) as server:  # 30 of them in the set; the later pages hold all sets
        slip = harvest(server, set_spec="ganjil")
        assert "outside" in {one["code"] for one in slip.oddities}
        assert slip.records <= 30


def test_records_outside_the_window_that_tokens_forget_are_left_out() -> None:
    with FaultServer("forgets_window") as server:
        since = server.entries[9].at
        slip = harvest(server, from_at=since)
        assert (slip.state, slip.records) == ("complete", 21)


def test_records_that_slip_past_while_the_list_changes_are_found() -> None:
    with FaultServer("grows") as server:
        slip = harvest(server)
        assert slip.state == "complete"
        assert "size_changes" in {one["code"] for one in slip.oddities}
        assert slip.records >= len(server.entries)
