"""What a MARC record says that only the comparison with other records needs; kept in Record.extra."""

from __future__ import annotations

import re

from index.crosswalk.marcform import Marc
from index.crosswalk.text import clean, unstop, untail

_SCALE = re.compile(r"1\s*:\s*\d")
_APART = " | "


def evidence(marc: Marc) -> dict[str, str]:
    """Only what is there: `dates` (008/06-14 with a second date), `physical` (007 of film and sound), `scale`, `area` (034),
    `presentation` (254), `documents` (086), `series_numbers`, `places` and `publishers` where there are several."""
    found: dict[str, str] = {}
    fixed = marc.control.get("008", "")
    if fixed[11:15].isdigit() and fixed[11:15] != "9999" and fixed[6:7] in "tpmridcq":
        found["dates"] = fixed[6:15]
    physical = marc.control.get("007", "")
    if physical[:1] in ("v", "s"):
        found["physical"] = physical[:6]
    fields = marc.fields
    for tag in ("255", "034"):
        if tag in fields and "scale" not in found:
            text = marc.first(tag, "a") if tag == "255" else f"1:{marc.first(tag, 'b')}"
            if _SCALE.search(text):
                found["scale"] = clean(text, 80)
    if "034" in fields:
        sides = [text for code, text in fields["034"][0][2] if code in "defg"]
        if len(sides) == 4:
            found["area"] = clean(" ".join(sides), 80)
    if "086" in fields:
        documents = (clean(text, 60) for f in fields["086"] for code, text in f[2] if code == "a")
        found["documents"] = _APART.join(dict.fromkeys(text for text in documents if text))
    if "254" in fields:
        found["presentation"] = clean(marc.first("254", "a"), 80)
    numbers = [
        f"{untail(clean(_first(subfields, 'at'), 80), more=True)} ; {unstop(clean(text, 40))}"
        for tag in ("830", "490", "800", "810", "440")
        for _, _, subfields in fields.get(tag, ())
        for code, text in subfields
        if code == "v"
    ]
    if marc.leader[7:8] == "m":
        # Volumes of a work that is described as a whole elsewhere.
        numbers += [
            f"{clean(title, 80)} ; {clean(number, 40)}"
            for _, _, subfields in fields.get("773", ())
            if (title := _first(subfields, "t")) and (number := _first(subfields, "gq"))
        ]
    if numbers:
        found["series_numbers"] = _APART.join(dict.fromkeys(numbers[:8]))
    imprints = [
        f for tag in ("264", "260") for f in fields.get(tag, ()) if f[1] in (" ", "1", "") or tag == "260"
    ]
    for key, wanted in (("places", "a"), ("publishers", "b")):
        texts = [clean(text, 120) for f in imprints for code, text in f[2] if code == wanted]
        if len(texts) > 1:
            found[key] = _APART.join(texts[:4])
    return found


def _first(subfields: list[tuple[str, str]], codes: str) -> str:
    """The last of these subfields before the number: the title, where a name stands before it."""
    texts = [text for code, text in subfields if code in codes]
    return texts[-1] if texts else ""
