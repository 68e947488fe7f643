"""The faults a provider can be told to have, by name. Those that are not listed are refused."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Of one record in a list; GetRecord gives it as it should be.
RECORD = _names(
    """
    no_header no_identifier no_metadata empty_metadata two_payloads control_char char_reference bare_ampersand
    huge_text undeclared_prefix broken_tag
    """
)
#: Of records, wherever they are given.
RECORDS = _names(
    """
    shouting_deleted odd_datestamp no_datestamp inner_prolog comments payload_like_protocol payload_in_oai
    outer_namespace headers_without_sets odd_identifiers
    """
)
#: Of the text and encoding of pages (`everywhere`: of all other answers too).
TEXT = _names(
    """
    everywhere bom php_notice notice_after silent_gzip silent_zstd double_gzip announced_gzip_plain latin1_bytes
    utf16_declared utf16_sent latin1_declared html_type no_type doctype laughs external_dtd https_namespace
    no_namespace prefixed local_time slow_clock error_as_422 error_as_404 other_base_url
    """
)
#: Of the second page of a list: `…_once` happens once a verb.
PAGE = _names(
    """
    late_503 late_503_date late_503_bare late_503_garbage late_503_negative come_tomorrow late_429 late_500 late_502
    late_504 reset_once cut_once truncated_once truncated chunked_cut_once html_once html_always empty_once
    stall_once drip_once drip reset_always length_too_long gzip_bomb many_errors_once empty_code
    """
)
#: Of tokens and of how lists go on.
TOKENS = _names(
    """
    nasty_token encoded_token random_token verbatim_token space_matters space_token token_dies_once token_dies
    token_dies_everywhere token_lives_briefly needs_prefix no_size wild_attributes wild_sizes stops_early
    stops_early_everywhere empty_token_early same_token same_token_everywhere cycle cycle_everywhere tail_no_records
    tail_early tail_early_everywhere tail_selective no_last_token oversize empty_pages endless_empty duplicates grows
    forgets_window forgets_set invents invents_everywhere one_token_more blank_last_token token_on_single
    """
)
#: Of verbs and arguments.
VERBS = _names(
    """
    base_with_query needs_login post_only get_only post_badverb redirects redirect_elsewhere redirect_loop login_page
    forbidden not_found gone identify_broken identify_500 formats_broken sets_500 sets_paged
    no_sets no_list_identifiers day_granularity refuses_seconds refuses_days odd_earliest no_earliest strict_dates
    poison wrong_verb_once wrong_prefix_once wrong_offer one_moment two_moments slow_start exclusive_from
    exclusive_until ignores_from unordered empty_list unknown_on_get get_broken hides_deleted no_deletes_said in_two_sets
    no_length http10
    """
)
KNOWN = RECORD | RECORDS | TEXT | PAGE | TOKENS | VERBS
