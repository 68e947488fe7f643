"""ISO 2709 records in MARC-8 instead of UTF-8, as clients of older systems expect them."""

from __future__ import annotations

from index.crosswalk import marc8write

_FIELD_END, _RECORD_END, _SUBFIELD = b"\x1e", b"\x1d", b"\x1f"

#: What the directory can count: bytes of a field, and of the record.
_LONGEST_FIELD, _LONGEST_RECORD = 9_999, 99_999

#: The field that names the character sets which a record shifts to.
_SETS = b"066"


def of_utf8(record: bytes) -> bytes:
    """A record of ours (iso2709write) with its text in MARC-8, field 066 with the sets that it shifts to.

    Letters that MARC-8 has not stand as &#x…;. A field that became too long loses its last letters, a record its last
    fields: escapes take room.
    """
    if record.isascii() and b"&#x" not in record and b"\x1b" not in record:
        return _labelled(record)
    base = int(record[12:17])
    fields: list[tuple[bytes, bytes]] = []
    used: dict[str, None] = {}
    for at in range(24, base - 1, 12):
        tag = record[at : at + 3]
        start, length = base + int(record[at + 7 : at + 12]), int(record[at + 3 : at + 7])
        text = record[start : start + length - 1].decode("utf-8", "replace")
        data = _fitting(text)
        used.update(dict.fromkeys(marc8write.sets(data)))
        fields.append((tag, data + _FIELD_END))
    if used:
        said = b"".join(_SUBFIELD + b"c" + name.encode() for name in used)
        place = next((n for n, (tag, _) in enumerate(fields) if tag > _SETS), len(fields))
        fields.insert(place, (_SETS, b"  " + said + _FIELD_END))
    return _joined(_labelled(record)[:24], fields)


def _labelled(record: bytes) -> bytes:
    """Leader/09 says MARC-8."""
    return record[:9] + b" " + record[10:]


def _fitting(text: str) -> bytes:
    """A field's content in MARC-8: marks of subfields are controls, and each subfield begins in ASCII."""
    while True:
        data = _SUBFIELD.join(marc8write.written(part) for part in text.split("\x1f"))
        over = len(data) + 1 - _LONGEST_FIELD
        if over <= 0:
            return data
        text = text[: len(text) - max(1, over // 4)]


def _joined(leader: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    while True:
        size = 24 + 12 * len(fields) + 1 + sum(len(data) for _, data in fields) + 1
        if size <= _LONGEST_RECORD:
            break
        fields.pop()
    directory, start = [], 0
    for tag, data in fields:
        directory.append(b"%s%04d%05d" % (tag, len(data), start))
        start += len(data)
    base = 24 + 12 * len(fields) + 1
    head = b"%05d" % size + leader[5:12] + b"%05d" % base + leader[17:24]
    return b"".join((head, *directory, _FIELD_END, *(data for _, data in fields), _RECORD_END))
