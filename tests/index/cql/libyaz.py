"""What libyaz says to a CQL query, through ctypes: a judge that we did not write."""

from __future__ import annotations

import ctypes
import ctypes.util


class Libyaz:
    """The parser of Debian's libyaz5."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("yaz") or "libyaz.so.5"
        self._lib = ctypes.CDLL(name)  # OSError where it is not installed
        self._lib.cql_parser_create.restype = ctypes.c_void_p
        self._lib.cql_parser_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self._lib.cql_parser_strict.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._lib.cql_parser_destroy.argtypes = [ctypes.c_void_p]

    def accepts(self, query: str, *, strict: bool = False) -> bool:
        """Whether it parses; `strict` is its own strict mode, which refuses only words without quotation marks."""
        parser = self._lib.cql_parser_create()
        try:
            self._lib.cql_parser_strict(parser, int(strict))
            return bool(self._lib.cql_parser_string(parser, query.encode()) == 0)
        finally:
            self._lib.cql_parser_destroy(parser)
