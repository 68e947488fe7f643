"""Every word people read is in the catalogue, in both languages, and everything in the catalogue is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from web import texts

WEB = Path(texts.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
CODE = sorted(p for p in WEB.rglob("*.py") if "demo" not in p.parts and "migrations" not in p.parts)

#: A key given whole, and one whose end is put on at run time: t('a.b') and t('a.' ~ x).
_KEY = r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+"
_CALL = re.compile(rf"\b(?:t|th|say|has_text)\(\s*'({_KEY}\.?)'")
_STRING = re.compile(rf"['\"]({_KEY}\.?)['\"]")

#: The label of a stored code: code_label('leg', state).
_LABELLED = re.compile(r"""code_label\(\s*['"]([a-z.]+)['"]""")

#: Attributes that are read out or shown.
_SPOKEN = re.compile(r"""\b(?:placeholder|title|aria-label|alt|data-l|content)="([^"]*)\"""")

#: What may stand in a template as it is: signs, units of code, names of formats.
_FINE = re.compile(
    r"""^(?:[\W\d_]|&[a-z]+;|\#[0-9a-f]{6}|width=device-width,\ initial-scale=1|no-referrer|no(?:index|follow)
    |\ ?aria-[a-z]+="[^"]*")*$""",
    re.VERBOSE,
)


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text))


def _forms(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value.values())  # type: ignore[attr-defined]


def _used() -> tuple[set[str], set[str]]:
    """Keys that templates and code name, and beginnings to which they add an end."""
    keys: set[str] = set()
    beginnings: set[str] = set()
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        for name in _STRING.findall(source):
            (beginnings if name.endswith(".") else keys).add(name)
        beginnings |= {f"{kind}." for kind in _LABELLED.findall(source)}
        beginnings |= set(re.findall(r"['\"]([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.)['\"]\s*~", source))
    for path in CODE:
        beginnings |= {f"{kind}." for kind in _LABELLED.findall(path.read_text(encoding="utf-8"))}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(_KEY, node.value):
                    keys.add(node.value)
                elif re.fullmatch(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.", node.value):
                    beginnings.add(node.value)
    return keys, beginnings


def test_every_text_has_both_languages() -> None:
    for key, entry in texts.catalogue().items():
        assert set(entry) == set(texts.LANGUAGES), key
        for language, value in entry.items():
            assert all(form.strip() for form in _forms(value)), f"{key} ({language}) is empty"


def test_both_languages_ask_for_the_same_values() -> None:
    for key, entry in texts.catalogue().items():
        wanted = [set().union(*(_placeholders(f) for f in _forms(entry[lang]))) for lang in texts.LANGUAGES]
        assert wanted[0] - {"n"} == wanted[1] - {"n"}, key


def test_a_text_with_a_number_has_the_forms_that_its_language_needs() -> None:
    for key, entry in texts.catalogue().items():
        for language, value in entry.items():
            if not isinstance(value, str):
                assert set(value) == ({"other"} if language == "id" else {"one", "other"}), (key, language)


def test_indonesian_and_english_are_not_the_same_by_oversight() -> None:
    same = {
        key
        for key, entry in texts.catalogue().items()
        if entry["id"] == entry["en"] and re.search(r"[a-z]{4}", str(entry["id"]).lower())
    }
    alike = {key for key in same if not _may_be_alike(str(texts.catalogue()[key]["id"]))}
    assert alike == set()


#: Words that both languages write in the same way.
_ALIKE = frozenset(
    re.findall(
        r"\S+",
        """admin bahasa barcode csv data database email english facet format host indonesia input isbn ismn issn json kode
        label library link slip marcxml mods name operator port proxy query radio reference server silang slims smtp
        status symbol token total unit value video whatsapp xml years dspace inlislite koha
        bibtex endnote marc mendeley zotero""",
    )
)


def _may_be_alike(text: str) -> bool:
    return all(word in _ALIKE for word in re.findall(r"[a-z_]{4,}", text.lower()))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(WEB / "templates")))
def test_templates_name_texts_that_exist(path: Path) -> None:
    missing = [
        key
        for key in _CALL.findall(path.read_text(encoding="utf-8"))
        if not key.endswith(".") and not texts.has(key)
    ]
    assert missing == []


def test_every_text_is_used_somewhere() -> None:
    keys, beginnings = _used()
    unused = [
        key for key in texts.catalogue() if key not in keys and not any(key.startswith(b) for b in beginnings)
    ]
    assert unused == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(WEB / "templates")))
def test_templates_hold_no_words_of_their_own(path: Path) -> None:
    words = [text for text in _literals(path.read_text(encoding="utf-8")) if not _FINE.match(text)]
    assert words == []


def _literals(source: str) -> Iterator[str]:
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    source = re.sub(r"<!--.*?-->|<!doctype html>", "", source, flags=re.DOTALL)
    source = re.sub(r"<kbd>[^<]*</kbd>", "", source)  # names of keys
    source = re.sub(r"\{% block body_class %\}[a-z -]*\{% endblock %\}", "", source)
    source = re.sub(r"\{%.*?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{\{.*?\}\}", "0", source, flags=re.DOTALL)
    yield from (value for value in _SPOKEN.findall(source) if value.strip())
    for text in re.sub(r"<[^<>]*>", "\n", source).splitlines():
        if text.strip():
            yield text.strip()


def test_a_text_that_lacks_a_value_is_an_error_and_values_are_escaped() -> None:
    with pytest.raises(texts.NoText):
        texts.say("search.none", "id")
    with pytest.raises(texts.NoText):
        texts.say("no.such.text", "id")
    assert "<b>" not in texts.say_html("search.none", "id", query="<b>")


def test_templates_never_switch_escaping_off() -> None:
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        wrong = (
            r"\|\s*safe\b|autoescape|\bstyle=|<script(?! src=| type=\"application/ld\+json\">)|\son[a-z]+="
        )
        assert not re.search(wrong, source), path
