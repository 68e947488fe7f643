"""libyaz through ctypes, for tests alone: it decodes what we encode and says what it understood."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import lru_cache


@lru_cache(maxsize=1)
def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    yaz = ctypes.CDLL("libyaz.so.5")
    libc = ctypes.CDLL(None)
    pointer = ctypes.c_void_p
    yaz.odr_createmem.restype = pointer
    yaz.odr_createmem.argtypes = [ctypes.c_int]
    yaz.odr_destroy.argtypes = [pointer]
    yaz.odr_setbuf.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    yaz.odr_setprint_noclose.argtypes = [pointer, pointer]
    yaz.odr_geterror.argtypes = [pointer]
    yaz.odr_getelement.argtypes = [pointer]
    yaz.odr_getelement.restype = ctypes.c_char_p
    yaz.odr_errmsg.restype = ctypes.c_char_p
    yaz.odr_getbuf.argtypes = [pointer, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int)]
    yaz.odr_getbuf.restype = pointer
    yaz.z_APDU.argtypes = [pointer, ctypes.POINTER(pointer), ctypes.c_int, ctypes.c_char_p]
    libc.open_memstream.restype = pointer
    libc.open_memstream.argtypes = [ctypes.POINTER(pointer), ctypes.POINTER(ctypes.c_size_t)]
    libc.fclose.argtypes = [pointer]
    libc.free.argtypes = [pointer]
    return yaz, libc


def available() -> bool:
    """Is libyaz installed here?"""
    try:
        _libraries()
    except OSError:
        return False
    return True


_DECODE, _ENCODE, _PRINT = 0, 1, 2


def understood(data: bytes) -> str:
    """What libyaz reads in these bytes, as its text. Raises ValueError when it refuses them."""
    return _run(data)[0]


def encoded_again(data: bytes) -> bytes:
    """The PDU as libyaz itself writes what it read in these bytes. Raises ValueError."""
    return _run(data)[1]


def _run(data: bytes) -> tuple[str, bytes]:
    yaz, libc = _libraries()
    decoder, printer, encoder = (yaz.odr_createmem(kind) for kind in (_DECODE, _PRINT, _ENCODE))
    try:
        yaz.odr_setbuf(decoder, data, len(data), 0)
        apdu = ctypes.c_void_p()
        if not yaz.z_APDU(decoder, ctypes.byref(apdu), 0, None):
            code = yaz.odr_geterror(decoder)
            where = (yaz.odr_getelement(decoder) or b"").decode()
            raise ValueError(f"{yaz.odr_errmsg(code).decode()} at {where}")
        text, size = ctypes.c_void_p(), ctypes.c_size_t()
        stream = libc.open_memstream(ctypes.byref(text), ctypes.byref(size))
        yaz.odr_setprint_noclose(printer, stream)
        yaz.z_APDU(printer, ctypes.byref(apdu), 0, None)
        libc.fclose(stream)
        shown = ctypes.string_at(text, size.value).decode("utf-8", "replace")
        libc.free(text)
        again = b""
        if yaz.z_APDU(encoder, ctypes.byref(apdu), 0, None):
            length = ctypes.c_int()
            buffer = yaz.odr_getbuf(encoder, ctypes.byref(length), None)
            again = ctypes.string_at(buffer, length.value)
        return shown, again
    finally:
        for stream_ in (decoder, printer, encoder):
            yaz.odr_destroy(stream_)
