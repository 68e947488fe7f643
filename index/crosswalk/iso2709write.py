"""Record → ISO 2709, the exchange format of MARC: UTF-8, a directory whose lengths are true."""

from __future__ import annotations

from index.crosswalk.marcwrite import Written, marc
from index.record import Record

_FIELD_END, _RECORD_END, _SUBFIELD = b"\x1e", b"\x1d", b"\x1f"
#: What the directory can count: bytes of a field, and of the record.
_LONGEST_FIELD, _LONGEST_RECORD = 9_999, 99_999
#: What is left out, last first, of a record that is longer than the format can be.
_LEFT_OUT = ("852", "880", "500", "505", "520", "856", "650", "700", "246")
#: Its own marks inside of a text would end the field.
_MARKS = {0x1D: " ", 0x1E: " ", 0x1F: " "}


def write(record: Record, number: str = "", agency: str = "", flavour: str = "marc21") -> bytes:
    """The record as one ISO 2709 record; arguments as of marcwrite.write.

    A field longer than 9,999 bytes is cut; of a record longer than 99,999 bytes copies are left out, then notes.
    """
    return packed(marc(record, number, agency, flavour))


def packed(made: Written) -> bytes:
    """Fields that are at hand as one ISO 2709 record, cut and left out as `write` does."""
    fields = [(tag, _plain(text)) for tag, text in made.controls]
    fields += [(tag, _data(indicators, subfields)) for tag, indicators, subfields in made.fields]
    for tag in _LEFT_OUT:
        if _size(fields) <= _LONGEST_RECORD:
            break
        over = _size(fields) - _LONGEST_RECORD
        for at in range(len(fields) - 1, -1, -1):
            if over <= 0:
                break
            if fields[at][0] == tag:
                over -= len(fields[at][1]) + 12
                del fields[at]
    return _joined(made, fields)


def _plain(text: str) -> bytes:
    return _cut(text.translate(_MARKS).encode("utf-8", "replace")) + _FIELD_END


def _data(indicators: str, subfields: list[tuple[str, str]]) -> bytes:
    inside = b"".join(
        _SUBFIELD + code.encode("ascii", "replace") + text.translate(_MARKS).encode("utf-8", "replace")
        for code, text in subfields
    )
    return indicators.encode("ascii", "replace") + _cut(inside, 2) + _FIELD_END


def _cut(data: bytes, taken: int = 0) -> bytes:
    """At most as long as the directory can tell, no character cut through."""
    most = _LONGEST_FIELD - 1 - taken
    return data if len(data) <= most else data[:most].decode("utf-8", "ignore").encode()


def _size(fields: list[tuple[str, bytes]]) -> int:
    return 24 + sum(12 + len(data) for _, data in fields) + 2


def _joined(made: Written, fields: list[tuple[str, bytes]]) -> bytes:
    directory, start = [], 0
    for tag, data in fields:
        directory.append(b"%s%04d%05d" % (tag.encode("ascii", "replace")[:3], len(data), start))
        start += len(data)
    base = 24 + 12 * len(fields) + 1
    leader = made.leader.encode("ascii")
    return b"".join(
        (
            b"%05d" % (base + start + 1),
            leader[5:12],
            b"%05d" % base,
            leader[17:24],
            *directory,
            _FIELD_END,
            *(data for _, data in fields),
            _RECORD_END,
        )
    )
