"""Every code that a harvest stores: the pages have a label for each, and a test finds none in the code but these."""

from __future__ import annotations

#: In `oddities` of harvests, receipts and probes.
ODDITIES = (
    "another_base_url",
    "another_prefix",
    "asked_to_slow_down",
    "bad_retry_after",
    "bom_or_space_before_xml",
    "clock_untrusted",
    "copies_not_given",
    "empty_page",
    "encoding_not_as_declared",
    "error_under_http_status",
    "errors_beside_records",
    "get_only",
    "goes_round",
    "granularity_not_as_declared",
    "identify_failed",
    "ignores_from",
    "junk_after_xml",
    "junk_before_xml",
    "list_formats_failed",
    "list_sets_failed",
    "malformed",
    "malformed_page",
    "mended_record",
    "named_but_unknown",
    "no_datestamps",
    "no_deleted_policy",
    "no_earliest_datestamp",
    "no_granularity",
    "no_namespace",
    "no_readable_format",
    "not_oai",
    "odd_namespace",
    "outside",
    "post_only",
    "prefix_not_offered",
    "read_by_windows",
    "read_without_dates",
    "records_left_out",
    "retried",
    "size_changes",
    "size_not_met",
    "token_decoded",
    "token_needs_prefix",
    "token_refused",
    "token_untrimmed",
    "token_verbatim",
    "token_whitespace",
    "truncated",
    "two_payloads",
    "unclear_error",
    "unknown_encoding",
)

#: Why a record was rejected, beside the reasons of index.crosswalk.BadRecord.
REJECTIONS = (
    "crosswalk_failed",
    "empty_metadata",
    "malformed",
    "no_header",
    "no_identifier",
    "no_metadata",
    "too_large",
    "unknown_schema",
    "unreadable",
)

#: What is known of a source.
HEALTH = ("new", "ok", "late", "failing", "held")

#: How a harvest stands; the first three are open.
STATES = ("queued", "running", "interrupted", "complete", "incomplete", "failed", "stopped")
