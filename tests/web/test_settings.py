"""config.yaml: all faults at once with their places, and every option is documented."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path

import pytest

from web.settings import BadConfig, Settings, parse

DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


def options(kind: type, before: str = "") -> set[str]:
    """The dotted names of every option of a settings dataclass; '[]' stands for each item of a list."""
    found = set()
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        inner = hints[field.name]
        items = [a for a in typing.get_args(inner) if dataclasses.is_dataclass(a)]
        if dataclasses.is_dataclass(inner):
            found |= options(typing.cast(type, inner), f"{before}{field.name}.")
        elif items:
            if before:
                found.add(before + field.name)
            found |= options(typing.cast(type, items[0]), f"{before}{field.name}[].")
        else:
            found.add(before + field.name)
    return found


def test_each_option_is_documented_and_nothing_else_is() -> None:
    documented = set(re.findall(r"^\| `([a-z0-9_.\[\]]+)` \|", DOCUMENTED.read_text(), re.MULTILINE))
    assert documented == options(Settings)


def test_three_faults_are_named_all_three_with_their_places() -> None:
    text = "web:\n  prt: 80\n  port: many\nlibraries:\n  - name: X\n    symbol: ISIL:X\n"
    with pytest.raises(BadConfig) as caught:
        parse(text, "config.yaml", {})
    faults = caught.value.faults
    assert len(faults) == 3
    assert any(fault.startswith("config.yaml:2: web.prt: no such option") for fault in faults)
    assert any(fault.startswith("config.yaml:3: web.port: ") for fault in faults)
    assert any(fault.startswith("config.yaml:5: libraries.0.code: is required") for fault in faults)


def test_an_empty_file_is_a_whole_configuration() -> None:
    assert parse("", "c", {}) == parse("# nothing\n", "c", {}) == Settings()


def test_environment_variables_are_put_in_and_a_missing_one_is_a_fault() -> None:
    assert parse("mail: {password: '${SECRET}'}", "c", {"SECRET": "x:y"}).mail.password == "x:y"
    with pytest.raises(BadConfig, match="SECRET is not set"):
        parse("mail:\n  password: '${SECRET}'\n", "c", {})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("web: [", "not YAML"),
        ("- a\n- b\n", "a mapping of sections"),
        ("libraries: [{code: A, name: A, symbol: 'X:1'}, {code: A, name: B, symbol: 'X:2'}]", "stands twice"),
        ("sources: [{code: S, library: NONE, url: 'http://x'}]", "library NONE is not listed"),
        (
            "libraries: [{code: A, name: A, symbol: 'X:1'}]\n"
            "sources: [{code: S, library: A, url: 'http://x', profile: aleph}]",
            "c:2: sources.0.profile: aleph is none of slims_oai2, ",
        ),
        ("index: {engine: lucene}", "index.engine"),
        ("targets:\n- code: T\n  url: ftp://x\n", "c:3: targets.0.url: bad_url"),
        (
            "targets:\n- code: T\n  url: z3950://x\n  strip: true\n  colour: red\n",
            "c:5: targets.0.colour: no such",
        ),
        (
            "targets: [{code: T, url: 'z3950://x', attributes: {title: four}}]",
            "targets.0.attributes: bad_value: four",
        ),
        ("targets: [{code: T, url: 'z3950://x'}, {code: T, url: 'z3950://y'}]", "code T stands twice"),
        ("a: &a [*a]\n", "c:1: an alias (*a) is not allowed"),
    ],
)
def test_what_cannot_be_used_says_why(text: str, fault: str) -> None:
    with pytest.raises(BadConfig, match=re.escape(fault)):
        parse(text, "c", {})


def test_hours_that_make_no_sense_are_a_fault_with_its_line() -> None:
    text = (
        "libraries:\n  - code: A\n    name: A\n    symbol: X:1\n    branches:\n"
        "      - code: b\n        name: B\n        hours:\n          - mon-fri 16:00-08:00\n"
    )
    with pytest.raises(BadConfig, match=r"c:9: libraries\.0\.branches\.0\.hours\.0: .*ends before it begins"):
        parse(text, "c", {})


def test_an_address_to_open_that_is_none_is_named_with_its_line() -> None:
    text = "fetch:\n  allow:\n    - 10.0.0.0/8\n    - 10.0.0.1:99999\n    - nonsense\n"
    with pytest.raises(BadConfig) as caught:
        parse(text, "c", {})
    assert "c:4: fetch.allow.1: '10.0.0.1:99999': '99999' is not a port" in str(caught.value)
    assert "c:5: fetch.allow.2: 'nonsense' is not" in str(caught.value)
