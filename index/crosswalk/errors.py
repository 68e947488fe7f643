"""What a crosswalk raises: one record that cannot be read, which costs this record only."""

from __future__ import annotations


class BadRecord(Exception):
    """This record cannot become a Record; the rest of its page can.

    `reason` is a stored code: no_title, no_record, unknown_schema, truncated, not_marc, not_xml, not_json, too_large,
    no_identifier; of rows in tables also bad_row, too_many_cells, too_many_copies, id_twice.
    `detail` is fit for a log line and for the page of quarantined records.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
