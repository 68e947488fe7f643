"""libyaz's character sets through ctypes: a judge that we did not write. (Its command splits letters between buffers.)"""

from __future__ import annotations

import ctypes
import ctypes.util
from ctypes import POINTER, byref, c_char_p, c_size_t, c_void_p

_FAILED = ctypes.c_size_t(-1).value


class Iconv:
    """A converter of Debian's libyaz5 from one character set to another."""

    def __init__(self, source: str, target: str) -> None:
        self._lib = lib = ctypes.CDLL(
            ctypes.util.find_library("yaz") or "libyaz.so.5"
        )  # OSError where it is missing
        lib.yaz_iconv_open.restype, lib.yaz_iconv_open.argtypes = c_void_p, [c_char_p, c_char_p]
        lib.yaz_iconv.restype = c_size_t
        lib.yaz_iconv.argtypes = [c_void_p, c_void_p, POINTER(c_size_t), POINTER(c_void_p), POINTER(c_size_t)]
        lib.yaz_iconv_error.argtypes = [c_void_p]
        lib.yaz_iconv_close.argtypes = [c_void_p]
        self._names = target.encode(), source.encode()

    def __call__(self, data: bytes) -> bytes | None:
        """The data converted; None when it refuses a part of it."""
        handle = self._lib.yaz_iconv_open(*self._names)
        assert handle, self._names
        try:
            given = ctypes.create_string_buffer(data, len(data) + 1)
            room = ctypes.create_string_buffer(8 * len(data) + 64)
            source, left = c_void_p(ctypes.addressof(given)), c_size_t(len(data))
            target, free = c_void_p(ctypes.addressof(room)), c_size_t(len(room))
            first = self._lib.yaz_iconv(handle, byref(source), byref(left), byref(target), byref(free))
            last = self._lib.yaz_iconv(handle, None, None, byref(target), byref(free))
            if _FAILED in (first, last):
                return None
            return room.raw[: len(room) - free.value]
        finally:
            self._lib.yaz_iconv_close(handle)
