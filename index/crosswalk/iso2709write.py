"""Record → ISO 2709, the exchange format of MARC: UTF-8 or MARC-8, a directory whose lengths are true."""

from __future__ import annotations

from collections.abc import Callable

from index.crosswalk import marc8write
from index.crosswalk.marcwrite import Written, marc
from index.record import Record

_FIELD_END, _RECORD_END, _SUBFIELD = b"\x1e", b"\x1d", b"\x1f"
#: What the directory can count: bytes of a field, and of the record.
_LONGEST_FIELD, _LONGEST_RECORD = 9_999, 99_999
#: What is left out, last first, of a record that is longer than the format can be.
_LEFT_OUT = ("852", "880", "500", "505", "520", "856", "650", "700", "246")
#: Its own marks inside of a text would end the field.
_MARKS = {0x1D: " ", 0x1E: " ", 0x1F: " "}


def write(
    record: Record, number: str = "", agency: str = "", flavour: str = "marc21", charset: str = "utf-8"
) -> bytes:
    """The record as one ISO 2709 record; arguments as of marcwrite.write. `charset`: 'utf-8' or 'marc-8'.

    A field longer than 9,999 bytes is cut; of a record longer than 99,999 bytes copies are left out, then notes.
    """
    return packed(marc(record, number, agency, flavour), charset)


def packed(made: Written, charset: str = "utf-8") -> bytes:
    """Fields that are at hand as one ISO 2709 record, cut and left out as `write` does.

    In MARC-8 position 9 of the leader is blank, and field 066 names the scripts beside Latin.
    """
    encode = marc8write.written if charset == "marc-8" else _utf8
    fields = [(tag, _plain(text, encode)) for tag, text in made.controls]
    fields += [(tag, _data(indicators, subfields, encode)) for tag, indicators, subfields in made.fields]
    if charset == "marc-8":
        scripts = marc8write.sets(b"".join(data for _, data in fields))
        if scripts:
            listed = _data("  ", [("c", script) for script in scripts], encode)
            at = next((n for n, (tag, _) in enumerate(fields) if tag > "066"), len(fields))
            fields.insert(at, ("066", listed))
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
    return _joined(made, fields, b" " if charset == "marc-8" else b"a")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _plain(text: str, encode: Callable[[str], bytes]) -> bytes:
    return _cut(text.translate(_MARKS), _LONGEST_FIELD - 1, encode) + _FIELD_END


def _data(indicators: str, subfields: list[tuple[str, str]], encode: Callable[[str], bytes]) -> bytes:
    """The subfields of a field, as many and as much of the last one as the directory can tell the length of."""
    if encode is _utf8:  # nearly every field is short and holds no controls: one piece, encoded once
        whole = "".join([f"\x1f{code}{text}" for code, text in subfields])
        if whole.count("\x1f") == len(subfields) and "\x1e" not in whole and "\x1d" not in whole:
            data = (indicators + whole).encode("utf-8", "replace")
            if len(data) < _LONGEST_FIELD and indicators.isascii():
                return data + _FIELD_END
    made = bytearray(indicators.encode("ascii", "replace"))
    for code, text in subfields:
        room = _LONGEST_FIELD - 1 - len(made) - 2
        if room < 0:
            break
        made += _SUBFIELD + code.encode("ascii", "replace") + _cut(text.translate(_MARKS), room, encode)
    return bytes(made) + _FIELD_END


def _cut(text: str, most: int, encode: Callable[[str], bytes]) -> bytes:
    """The text in so many bytes at most, no character cut through."""
    data = encode(text)
    if len(data) <= most:
        return data
    if encode is _utf8:
        return data[:most].decode("utf-8", "ignore").encode()
    text = text[:most]  # every letter takes a byte at least
    data = encode(text)
    while len(data) > most:
        text = text[: -max(1, (len(data) - most) // 9)]  # and nine at most, as a reference
        data = encode(text)
    return data


def _size(fields: list[tuple[str, bytes]]) -> int:
    return 24 + sum(12 + len(data) for _, data in fields) + 2


def _joined(made: Written, fields: list[tuple[str, bytes]], coding: bytes) -> bytes:
    directory, start = [], 0
    for tag, data in fields:
        size = len(data)
        directory.append(f"{tag[:3]}{size:04d}{start:05d}")
        start += size
    base = 24 + 12 * len(fields) + 1
    leader = made.leader.encode("ascii")
    return b"".join(
        (
            b"%05d" % (base + start + 1),
            leader[5:9] + coding + leader[10:12],
            b"%05d" % base,
            leader[17:24],
            "".join(directory).encode("ascii", "replace"),
            _FIELD_END,
            *(data for _, data in fields),
            _RECORD_END,
        )
    )
