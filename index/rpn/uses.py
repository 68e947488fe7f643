"""The use attributes of Bib-1 that our own index answers, and the access point of each (a table)."""

from __future__ import annotations

#: Several access points: one of them is enough.
_TITLES = (4, 6, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 1033, 1097)
_AUTHORS = (1, 2, 3, 1002, 1003, 1004, 1005, 1006, 1020, 1098, 1106)
_SUBJECTS = (
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    45,
    46,
    47,
    58,
    1008,
    1009,
    1014,
    1074,
    1075,
    1076,
    1079,
    1099,
)
_SHELF_MARKS = (13, 14, 15, 16, 17, 18, 19, 20, 53, 1022)
_NUMBERS = (9, 10, 11, 48, 49, 50, 51, 52, 60, 1013, 1027, 1028, 1030, 1032)

#: Use attribute → access points; "" stands for all records.
USES: dict[int | str, tuple[str, ...]] = {
    **dict.fromkeys(_TITLES, ("title",)),
    **dict.fromkeys(_AUTHORS, ("author",)),
    **dict.fromkeys(_SUBJECTS, ("subject",)),
    **dict.fromkeys(_SHELF_MARKS, ("call_number",)),
    **dict.fromkeys(_NUMBERS, ("identifier",)),
    5: ("series",),
    7: ("isbn",),
    8: ("issn",),
    12: ("id", "identifier"),
    30: ("year",),
    31: ("year",),
    54: ("language",),
    56: ("library",),
    57: ("author", "title"),
    1000: ("author", "title"),
    1007: ("isbn", "issn", "identifier"),
    1010: ("any",),
    1016: ("any",),
    1017: ("any",),
    1018: ("publisher",),
    1031: ("format",),
    1034: ("format",),
    1035: ("any",),
    1036: ("author", "title", "subject"),
    1044: ("library",),
    1101: ("publisher",),
    1102: ("year",),
    1103: ("format",),
    1104: ("identifier",),
    1105: ("language",),
    "_ALLRECORDS": ("",),
    **{
        name: (name,)
        for name in (
            "any", "title", "author", "subject", "publisher", "isbn", "issn", "identifier", "call_number", "series",
            "language", "format", "year", "library", "id",
        )
    },
}  # fmt: skip
