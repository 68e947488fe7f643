"""Why a request is not carried out: the diagnostics of Bib-1 that a target gives (Z39.50-2003, appendix ERR.1)."""

from __future__ import annotations

from index.z3950.diagnostics import Diagnostic

TEMPORARY = 2
TOO_MANY_RECORDS = 12
OUT_OF_RANGE = 13
RECORD_OVER_MESSAGE = 16
RECORD_OVER_MAXIMUM = 17
SET_EXISTS = 21
NO_SUCH_ELEMENTS = 25
ONE_ELEMENT_SET = 26
SET_WAS_DELETED = 27
NO_SUCH_SET = 30
EXHAUSTED = 31
QUERY_TYPE = 107
MALFORMED_QUERY = 108
TOO_MANY_DATABASES = 111
BAD_SET_NAME = 128
SCAN_STEP = 205
NO_SUCH_ORDER = 207
DATABASE_SORT = 210
TOO_MANY_KEYS = 211
MISSING_VALUE = 213
SORT_RELATION = 214
EXTENDED_SERVICE = 221
MALFORMED_SCAN = 228
SORT_INPUTS = 230
SCAN_POSITION = 233
NO_SUCH_DATABASE = 235
NOT_IN_SYNTAX = 238
NO_SUCH_SYNTAX = 239
MORE_RANGES = 243
BAD_LOGIN = 1011
BLOCKED_ADDRESS = 1016
NO_ROOM = 1018
TOO_MANY_TERMS = 1029


class Refused(Exception):
    """A request is answered with this diagnostic."""

    def __init__(self, condition: int, addinfo: str = "") -> None:
        super().__init__(f"{condition}: {addinfo}")
        self.diagnostic = Diagnostic(condition=condition, addinfo=addinfo)
