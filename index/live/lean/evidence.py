"""What a record says that only its comparison with others needs, as `index.crosswalk.marcevidence` keeps it."""

from __future__ import annotations

import re
from functools import lru_cache

from index.crosswalk.text import clean, unstop
from index.live.lean.parts import REMEMBERED, first_in, led
from index.live.lean.raw import Raw, pairs

_SCALE = re.compile(r"1\s*:\s*\d")
_APART = " | "
_SERIES = ("830", "490", "800", "810", "440")


def evidence(raw: Raw) -> dict[str, str]:
    """What `index.crosswalk.marcevidence` finds."""
    found: dict[str, str] = {}
    control, fields = raw.control, raw.fields
    fixed = control.get("008", "")
    if fixed[11:15].isdigit() and fixed[11:15] != "9999" and fixed[6:7] in "tpmridcq":
        found["dates"] = fixed[6:15]
    physical = control.get("007", "")
    if physical[:1] in ("v", "s"):
        found["physical"] = physical[:6]
    if "255" in fields or "034" in fields or "254" in fields:
        _of_maps(fields, found)
    if "086" in fields:
        documents = [clean(text, 60) for c in fields["086"] for code, text in pairs(c) if code == "a"]
        found["documents"] = _APART.join(dict.fromkeys(text for text in documents if text))
    numbers: list[str] = []
    for tag in _SERIES:
        if tag in fields:
            for content in fields[tag]:
                if "\x1fv" in content:
                    numbers.extend(_series_numbers(content))
    if raw.leader[7:8] == "m":
        for content in fields.get("773", ()):
            title, number = _last(content, "t"), _last(content, "gq")
            if title and number:
                numbers.append(f"{clean(title, 80)} ; {clean(number, 40)}")
    if numbers:
        found["series_numbers"] = _APART.join(dict.fromkeys(numbers[:8]))
    _imprints(fields, found)
    return found


def _of_maps(fields: dict[str, list[str]], found: dict[str, str]) -> None:
    for tag in ("255", "034"):
        if tag in fields and "scale" not in found:
            text = first_in(fields[tag], "a") if tag == "255" else f"1:{first_in(fields[tag], 'b')}"
            if _SCALE.search(text):
                found["scale"] = clean(text, 80)
    if "034" in fields:
        sides = [text for code, text in pairs(fields["034"][0]) if code in "defg"]
        if len(sides) == 4:
            found["area"] = clean(" ".join(sides), 80)
    if "254" in fields:
        found["presentation"] = clean(first_in(fields["254"], "a"), 80)


@lru_cache(maxsize=REMEMBERED)
def _series_numbers(content: str) -> list[str]:
    name = led(clean(_last(content, "at"), 80))
    return [f"{name} ; {unstop(clean(text, 40))}" for code, text in pairs(content) if code == "v"]


def _last(content: str, codes: str) -> str:
    texts = [text for code, text in pairs(content) if code in codes]
    return texts[-1] if texts else ""


def _imprints(fields: dict[str, list[str]], found: dict[str, str]) -> None:
    """Places and publishers where there are several."""
    imprints = [c for c in fields.get("264", ()) if c[1] in " 1"]
    imprints += fields.get("260", ())
    if not imprints:
        return
    if len(imprints) == 1 and imprints[0].count("\x1fa") < 2 and imprints[0].count("\x1fb") < 2:
        return
    for key, wanted in (("places", "a"), ("publishers", "b")):
        texts = [clean(text, 120) for c in imprints for code, text in pairs(c) if code == wanted]
        if len(texts) > 1:
            found[key] = _APART.join(texts[:4])
