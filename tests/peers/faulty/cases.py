"""How a harvest must end for each of the 95 faults: written before the harvester, and walked by its tests.

The provider has thirty records on three pages, the eighth of them deleted, unless a case says otherwise. `complete`
means that everything that can be had is had, and proven. Cases that need more than one run, a second worker, a
kill or a clock are tests of their own (ELSEWHERE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault, and the end it must come to.

    `got` is how many records, deleted and rejected ones together, must be there; `rejected` are the reasons of those
    that could not be read, in order. `odd` are codes that must be noted, `remembered` what the next run must begin
    with. `most` bounds the requests. `asks` are the options of the run, `server` those of the provider.
    """

    number: int
    faults: tuple[str, ...] = ()
    state: str = "complete"
    got: int = 30
    rejected: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    remembered: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    asks: Mapping[str, Any] = field(default_factory=dict)
    server: Mapping[str, Any] = field(default_factory=dict)
    most: int = 120

    @property
    def id(self) -> str:
        more = [f"{name}={value}" for name, value in {**self.asks, **self.server}.items()]
        return "-".join([f"{self.number:02}", "+".join(self.faults) or "none", *more]).replace(" ", "_")


def _case(number: int, faults: str = "", **how: Any) -> Case:
    rejected, odd = (tuple(how.pop(name, "").split()) for name in ("rejected", "odd"))
    return Case(number=number, faults=tuple(faults.split()), rejected=rejected, odd=odd, **how)


def _ends(number: int, faults: str, state: str, got: int, **how: Any) -> Case:
    return _case(number, faults, state=state, got=got, **{"asks": {"patience": 2.0}} | how)


_HOUR_TEN = "2026-01-01T10:00:00Z"  # the moment of the tenth record
_HOUR_TWENTY = "2026-01-01T20:00:00Z"

TRANSPORT = (
    _case(1, "late_503", odd="retried"),
    _case(2, "late_503_date", odd="retried"),
    _case(3, "late_503_bare", odd="retried"),
    _case(4, "late_503_garbage", odd="bad_retry_after"),
    _case(4, "late_503_negative", odd="bad_retry_after"),
    _ends(4, "come_tomorrow", "incomplete", 10, says="86400"),
    _case(5, "late_429", odd="asked_to_slow_down", remembered={"pause": 0.25}),
    _case(6, "late_500", odd="retried"),
    _case(6, "late_502", odd="retried"),
    _case(6, "late_504", odd="retried"),
    _case(7, "poison", rejected="unreadable", odd="records_left_out"),
    _case(7, "poison no_list_identifiers", state="incomplete", got=29),
    _ends(8, "forbidden", "failed", 0, says="HTTP 403", most=2),
    _ends(8, "needs_login", "failed", 0, says="HTTP 401", most=2),
    _ends(9, "not_found", "failed", 0, says="HTTP 404", most=8),
    _ends(9, "gone", "failed", 0, says="HTTP 410", most=8),
    _case(10, "error_as_422", got=0, asks={"since": "2031-01-01"}, odd="error_under_http_status"),
    _case(10, "error_as_404", got=0, asks={"since": "2031-01-01"}, odd="error_under_http_status"),
    _case(11, "reset_once"),
    _case(11, "reset_always"),
    _case(12, "cut_once", odd="retried"),
    _case(13, "truncated_once", odd="truncated"),
    _case(13, "truncated"),
    _case(13, "truncated", server={"spoilt": 3}),
    _case(13, "chunked_cut_once"),
    _case(14, "stall_once", odd="retried"),
    _case(14, "drip_once", odd="retried"),
    _case(15, "redirects"),
    _case(15, "redirect_elsewhere"),
    _ends(16, "redirect_loop", "failed", 0),
    _ends(16, "login_page", "failed", 0),
    _case(17, "silent_gzip everywhere"),
    _case(17, "silent_zstd everywhere"),
    _case(17, "announced_gzip_plain everywhere"),
    _case(17, "double_gzip everywhere"),
    _case(18, "gzip_bomb"),
    _case(20, "no_length"),
    _case(20, "http10"),
    _case(20, "length_too_long"),
    _case(22, "html_type everywhere"),
    _case(22, "no_type everywhere"),
)

XML = (
    _case(23, "html_once"),
    _case(23, "html_always"),
    _case(23, "html_always", server={"spoilt": 1}),
    _case(24, "empty_once"),
    _case(25, "php_notice everywhere", odd="junk_before_xml"),
    _case(26, "notice_after everywhere", odd="junk_after_xml"),
    _case(27, "bom everywhere", odd="bom_or_space_before_xml"),
    _case(28, "control_char", odd="malformed_page mended_record"),
    _case(29, "char_reference", odd="malformed_page mended_record"),
    _case(30, "latin1_bytes", odd="malformed_page mended_record"),
    _case(30, "latin1_declared everywhere"),
    _case(31, "bare_ampersand", odd="malformed_page mended_record"),
    _case(32, "inner_prolog", odd="malformed_page mended_record"),
    _case(33, "utf16_declared everywhere", odd="encoding_not_as_declared"),
    _case(33, "utf16_sent everywhere", odd="encoding_not_as_declared"),
    _case(34, "huge_text", rejected="too_large"),
    _ends(35, "laughs everywhere", "failed", 0),
    _ends(36, "doctype everywhere", "failed", 0),
    _ends(37, "external_dtd everywhere", "failed", 0),
    _case(38, "no_namespace", odd="no_namespace"),
    _case(39, "https_namespace", odd="odd_namespace"),
    _case(40, "prefixed"),
    _case(41, "payload_in_oai"),
    _case(42, "payload_like_protocol"),
    _case(43, "outer_namespace"),
)

LISTS = (
    _case(44, "same_token"),
    _case(44, "same_token no_size"),
    _case(44, "same_token_everywhere", odd="read_by_windows", remembered={"windows": 10}),
    _case(45, "cycle random_token"),
    _case(45, "cycle_everywhere random_token", odd="read_by_windows"),
    _ends(45, "invents no_size", "incomplete", 500, says="does not know"),
    _case(46, "empty_pages", odd="empty_page"),
    _case(46, "endless_empty"),
    _case(47, "tail_no_records"),
    _case(47, "tail_no_records no_size"),
    _case(47, "one_token_more", odd="empty_page"),
    _case(48, "tail_early"),
    _case(48, "tail_early_everywhere", odd="read_by_windows", remembered={"windows": 10}),
    _case(48, "tail_early_everywhere no_size", odd="read_by_windows"),
    _case(48, "tail_selective", got=21, asks={"since": _HOUR_TEN}, odd="read_by_windows"),
    _case(48, "tail_selective two_moments", got=30, asks={"since": "2026-01-01"}, odd="read_without_dates"),
    _ends(48, "tail_early_everywhere one_moment", "incomplete", 10, says="10 of 30"),
    _case(49, "token_dies_once", odd="token_refused"),
    _case(49, "token_dies", odd="token_refused"),
    _case(49, "token_dies_everywhere", odd="read_by_windows"),
    _case(50, "stops_early no_size", odd="records_left_out"),
    _case(50, "stops_early_everywhere no_size", odd="read_by_windows"),
    _case(50, "stops_early_everywhere no_size day_granularity", odd="read_by_windows"),
    _case(51, "stops_early"),
    _case(51, "stops_early no_list_identifiers", odd="read_by_windows"),
    _case(51, "stops_early get_broken", odd="read_by_windows"),
    _case(51, "empty_token_early"),
    _case(51, "stops_early_everywhere", odd="read_by_windows"),
    _ends(51, "stops_early_everywhere one_moment", "incomplete", 20, says="20 of 30"),
    _case(52, "nasty_token"),
    _case(52, "encoded_token"),
    _case(52, "verbatim_token", odd="token_verbatim", remembered={"token_form": "verbatim"}),
    _case(53, "space_token", odd="token_whitespace"),
    _case(53, "space_matters", odd="token_untrimmed", remembered={"token_untrimmed": True}),
    _case(54, "needs_prefix", odd="token_needs_prefix", remembered={"token_needs_prefix": True}),
    _case(55, "forgets_set", got=15, asks={"set_spec": "ganjil"}, odd="outside"),
    _case(55, "forgets_window", got=21, asks={"since": _HOUR_TEN}),
    _case(55, "forgets_window", got=11, asks={"since": _HOUR_TEN, "until": _HOUR_TWENTY}, odd="outside"),
    _case(55, "forgets_window no_datestamp", got=21, asks={"since": _HOUR_TEN}, odd="no_datestamps"),
    _case(56, "wild_attributes"),
    _case(56, "wild_sizes"),
    _case(56, "oversize", odd="size_changes"),
    _case(56, "oversize no_last_token", odd="size_not_met"),
    _case(56, "hides_deleted", got=29, odd="size_not_met"),
    _case(57, "no_last_token"),
    _case(57, "no_last_token no_size"),
    _case(57, "no_last_token no_size no_list_identifiers", odd="read_by_windows"),
    _case(57, "blank_last_token"),
    _case(57, "token_on_single", server={"page": 30}),
    _case(58, "grows", got=31, odd="size_changes"),
    _case(59, "duplicates"),
    _case(60, "sets_500", got=15, asks={"set_spec": "genap"}),
    _case(60, "sets_paged", got=15, asks={"set_spec": "genap:dua"}),
    _case(61, "token_lives_briefly"),
)

DATES = (
    _case(62, "day_granularity", got=21, asks={"since": "2026-01-11"}),
    _case(63, "refuses_seconds", got=30, asks={"since": "2026-01-01"}, remembered={"granularity": "day"}),
    _case(63, "refuses_days", got=30, asks={"since": "2026-01-01"}),
    _case(64, "odd_datestamp"),
    _case(64, "no_datestamp"),
    _case(65, "odd_earliest"),
    _case(65, "no_earliest"),
    _case(66, "local_time", odd="clock_untrusted", remembered={"clock_untrusted": True}),
    _case(67, "slow_clock"),
    _case(
        68,
        "exclusive_from exclusive_until",
        got=11,
        asks={"since": _HOUR_TEN, "until": _HOUR_TWENTY},
    ),
    _case(68, "", got=11, asks={"since": _HOUR_TEN, "until": _HOUR_TWENTY}),
    _case(68, "strict_dates", got=30, asks={"since": "2026-01-01T00:00:00Z"}),
    _case(69, "ignores_from", got=30, asks={"since": _HOUR_TEN}, odd="ignores_from"),
    _case(71, "unordered"),
    _case(72, "", got=0, asks={"since": "2031-01-01"}),
    _case(72, "empty_list", got=0, asks={"since": "2031-01-01"}, odd="empty_page"),
    _case(73, "shouting_deleted"),
    _case(74, "no_deletes_said", remembered={"deleted_seen": True}),
    _case(77, "no_metadata", rejected="no_metadata"),
    _case(77, "empty_metadata", rejected="empty_metadata"),
    _case(77, "comments"),
    _case(77, "two_payloads", odd="two_payloads"),
    _case(77, "broken_tag", rejected="malformed", odd="malformed_page"),
    _case(77, "undeclared_prefix", rejected="malformed"),
    _case(78, "no_header", rejected="no_header"),
    _case(78, "no_identifier", rejected="no_identifier"),
    _case(79, "odd_identifiers"),
    _case(80, "unknown_on_get poison", odd="named_but_unknown"),
    _case(82, "in_two_sets", asks={"set_spec": "semua"}),
)

ANSWERS = (
    _case(83, "many_errors_once", odd="token_refused"),
    _case(83, "many_errors_once", odd="unclear_error", server={"spoilt": 1}),
    _case(83, "empty_code"),
    _case(83, "empty_code", odd="unclear_error", server={"spoilt": 1}),
    _case(84, "base_with_query"),
    _case(85, "other_base_url", odd="another_base_url"),
    _case(86, "wrong_offer", odd="prefix_not_offered"),
    _case(86, "", server={"prefix": "MARC21"}),
    _case(86, "formats_broken", odd="list_formats_failed"),
    _ends(87, "no_sets", "failed", 0, asks={"set_spec": "ganjil"}, says="noSetHierarchy"),
    _ends(87, "", "failed", 0, asks={"set_spec": "tidak_ada"}, says="there is no set"),
    _case(88, "post_only", odd="post_only", remembered={"post": True}),
    _case(88, "post_badverb", odd="post_only", remembered={"post": True}),
    _case(88, "get_only"),
    _case(89, "", server={"page": 1}),
    _case(89, "", got=3000, server={"count": 3000, "page": 3000}),
    _case(90, "wrong_verb_once"),
    _case(90, "wrong_prefix_once", odd="another_prefix"),
    _case(95, "", asks={"prefix": "marcxml"}, odd="prefix_not_offered"),
)

CASES = (*TRANSPORT, *XML, *LISTS, *DATES, *ANSWERS)

_DELETIONS = "harvester/guard/test_guard_deletions.py"

#: Cases whose test stands where it belongs: (file below tests/, name of the test).
ELSEWHERE: dict[int, tuple[tuple[str, str], ...]] = {
    4: (("harvester/test_quirks.py", "test_a_provider_that_sends_us_away_says_until_when"),),
    19: (
        ("foundation/test_fetch_redirects.py", "test_an_expired_certificate_is_refused"),
        (
            "foundation/test_fetch_redirects.py",
            "test_a_private_authority_is_trusted_for_the_call_that_names_it",
        ),
        ("harvester/test_fault_list.py", "test_a_certificate_that_nobody_vouches_for_ends_the_run"),
    ),
    21: (
        ("foundation/test_fetch_addresses.py", "test_no_redirect_leads_to_an_inner_address"),
        ("foundation/test_fetch_addresses.py", "test_no_spelling_of_an_inner_address_is_reached"),
        ("harvester/test_probe.py", "test_an_address_that_is_not_allowed_is_refused_without_a_request"),
    ),
    61: (("harvester/test_kills.py", "test_killed_at_a_failpoint_it_goes_on_at_the_same_page"),),
    66: (("harvester/test_runs.py", "test_an_untrue_clock_never_moves_the_watermark_ahead"),),
    67: (("harvester/test_quirks.py", "test_the_watermark_is_the_earliest_of_all_clocks"),),
    70: (
        (
            "peers/members/test_members_slims.py",
            "test_what_is_hidden_or_removed_goes_and_what_is_edited_changes",
        ),
        (_DELETIONS, "test_a_whole_list_is_due_after_its_days_or_when_a_sweep_named_unknown_records"),
    ),
    71: (("harvester/test_quirks.py", "test_the_watermark_is_the_earliest_of_all_clocks"),),
    75: (
        (_DELETIONS, "test_a_mass_deletion_is_held_and_the_second_list_confirms_it"),
        ("harvester/test_runs.py", "test_an_empty_list_never_empties_a_catalogue"),
    ),
    76: (("harvester/test_quirks.py", "test_a_record_that_comes_back_lives_again"),),
    81: ((_DELETIONS, "test_new_identifiers_for_everything_are_held_as_a_migration"),),
    91: (
        ("harvester/test_kills.py", "test_killed_at_a_failpoint_it_goes_on_at_the_same_page"),
        ("harvester/test_kills.py", "test_killed_at_random_moments_it_comes_to_the_same_end"),
    ),
    92: (
        ("harvester/test_runs.py", "test_one_harvest_of_a_source_is_open_at_a_time"),
        ("harvester/test_runs.py", "test_whoever_was_taken_over_may_not_write"),
        (
            "harvester/guard/test_guard_work.py",
            "test_claims_at_the_same_moment_give_each_run_once_and_never_too_many",
        ),
    ),
    93: (
        ("harvester/test_sources.py", "test_cron_text_means_what_crontab_says"),
        (
            "harvester/guard/test_guard_blackout.py",
            "test_where_clocks_are_changed_a_window_is_rather_too_long",
        ),
        ("harvester/test_quirks.py", "test_the_watermark_is_the_earliest_of_all_clocks"),
    ),
    94: (
        ("harvester/test_runs.py", "test_a_run_that_is_asked_to_stop_stops_at_a_page_and_can_go_on"),
        (
            "harvester/guard/test_guard_work.py",
            "test_a_source_that_changes_while_it_is_read_stops_at_a_page_border",
        ),
    ),
    95: (
        ("harvester/test_probe.py", "test_a_good_endpoint_is_described"),
        ("harvester/test_probe.py", "test_what_is_odd_is_said"),
    ),
}
