"""libyaz through ctypes, as the reference that figures of Z39.50 are compared with: ZOOM, and its bare decoder."""

from __future__ import annotations

import ctypes
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The library with the types of what is called here. Raises OSError where it is not installed."""
    yaz = ctypes.CDLL("libyaz.so.5")
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    for name, result, arguments in (
        ("odr_createmem", pointer, [ctypes.c_int]),
        ("odr_reset", None, [pointer]),
        ("odr_destroy", None, [pointer]),
        ("odr_setbuf", None, [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]),
        ("z_APDU", ctypes.c_int, [pointer, ctypes.POINTER(pointer), ctypes.c_int, ctypes.c_char_p]),
        ("ZOOM_connection_create", pointer, [pointer]),
        ("ZOOM_connection_option_set", None, [pointer, ctypes.c_char_p, ctypes.c_char_p]),
        ("ZOOM_connection_connect", None, [pointer, ctypes.c_char_p, ctypes.c_int]),
        ("ZOOM_connection_search_pqf", pointer, [pointer, ctypes.c_char_p]),
        ("ZOOM_connection_errcode", ctypes.c_int, [pointer]),
        ("ZOOM_connection_destroy", None, [pointer]),
        ("ZOOM_resultset_option_set", None, [pointer, ctypes.c_char_p, ctypes.c_char_p]),
        ("ZOOM_resultset_size", size, [pointer]),
        ("ZOOM_resultset_records", None, [pointer, ctypes.POINTER(pointer), size, size]),
        ("ZOOM_resultset_destroy", None, [pointer]),
        ("ZOOM_record_get", pointer, [pointer, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]),
    ):
        function = getattr(yaz, name)
        function.restype = result
        function.argtypes = arguments
    return yaz


def zoom(port: int, count: int, term: bytes) -> list[bytes]:
    """Connect, search, fetch so many USMARC records in one Present, close: as ZOOM does it in C."""
    yaz = library()
    connection = yaz.ZOOM_connection_create(None)
    for key, value in (
        (b"databaseName", b"Default"),
        (b"preferredRecordSyntax", b"usmarc"),
        (b"piggyback", b"0"),
    ):
        yaz.ZOOM_connection_option_set(connection, key, value)
    yaz.ZOOM_connection_connect(connection, b"127.0.0.1", port)
    result = yaz.ZOOM_connection_search_pqf(connection, b"@attr 1=4 " + term)
    assert yaz.ZOOM_resultset_size(result) >= count
    records = (ctypes.c_void_p * count)()
    yaz.ZOOM_resultset_records(result, records, 0, count)
    length = ctypes.c_int()
    where = ctypes.byref(length)
    fetched = []
    for record in records:
        data = yaz.ZOOM_record_get(record, b"raw", where)
        fetched.append(ctypes.string_at(data, length.value))
    yaz.ZOOM_resultset_destroy(result)
    yaz.ZOOM_connection_destroy(connection)
    return fetched


class Decoder:
    """libyaz's decoder over one buffer, and the way through its structures to the records of a PresentResponse."""

    def __init__(self) -> None:
        self._yaz = library()
        self._odr = self._yaz.odr_createmem(0)

    def close(self) -> None:
        """Give the memory back."""
        self._yaz.odr_destroy(self._odr)

    def records(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Of each record its syntax (as libyaz holds it) and its bytes."""
        yaz, at = self._yaz, ctypes.string_at
        yaz.odr_reset(self._odr)
        yaz.odr_setbuf(self._odr, data, len(data), 0)
        apdu = ctypes.c_void_p()
        assert yaz.z_APDU(self._odr, ctypes.byref(apdu), 0, None)
        _, response = _PAIR.unpack(at(apdu.value or 0, 16))
        (records,) = _POINTER.unpack(at(response + 32, 8))
        _, listed = _PAIR.unpack(at(records, 16))
        count, first = _PAIR.unpack(at(listed, 16))
        found = []
        for record in struct.unpack(f"{count}Q", at(first, 8 * count)):
            _, _, external = _RECORD.unpack(at(record, 24))
            syntax, octets = _EXTERNAL.unpack(at(external, 40))
            start, length = _OCTETS.unpack(at(octets, 12))
            found.append((at(syntax, 16), at(start, length)))
        return found


# The structures of libyaz 5 on a 64-bit machine: pointers are 8 bytes, an int is padded to 8 before a pointer.
_POINTER = struct.Struct("Q")
_PAIR = struct.Struct("i4xQ")
_OCTETS = struct.Struct("Qi")
_RECORD = struct.Struct("Qi4xQ")
_EXTERNAL = struct.Struct("Q24xQ")


@contextmanager
def ztest(ports: int = 1) -> Iterator[tuple[int, ...]]:
    """A yaz-ztest on free ports of loopback, as long as the block lasts."""
    tool = shutil.which("yaz-ztest")
    if tool is None:
        raise SystemExit("yaz-ztest is missing: apt-get install yaz")
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(ports)]
    numbers = tuple(int(holder.getsockname()[1]) for holder in holders)
    for holder in holders:
        holder.close()
    with tempfile.TemporaryDirectory(prefix="silang-ztest-") as folder:
        (Path(folder) / "dummy-words").write_text("AARDVARK:3\nAPPLE:7\n")
        command = [tool, "-v", "none", *(f"tcp:127.0.0.1:{port}" for port in numbers)]
        process = subprocess.Popen(command, cwd=folder, start_new_session=True)
        try:
            for port in numbers:
                _wait_for(port, process)
            yield numbers
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("yaz-ztest does not listen")
