"""The pages of documentation: links lead somewhere, and the commands they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:", "#")):
            continue
        assert (page.parent / target.partition("#")[0]).exists(), f"{page.name}: {target}"


def commands() -> Iterator[tuple[Path, str]]:
    """Every command line in the documentation that begins with silang."""
    for page in PAGES:
        for block in re.findall(
            r"```[a-z]*\n(.*?)```|`([^`\n]+)`", page.read_text(encoding="utf-8"), re.DOTALL
        ):
            for line in (block[0] or block[1]).splitlines():
                if found := re.search(
                    r"(?:^|/|sudo -u silang |\s)silang (?!silang)([a-z-].*)$", line.strip()
                ):
                    yield page, found[1]


def test_every_command_and_option_in_the_documentation_exists() -> None:
    from web.cli import main

    seen = 0
    for page, line in commands():
        words = re.sub(r"--config \S+ ?", "", line).split()
        if not words or words[0] not in main.commands:
            assert not words or not words[0].isalpha(), f"{page.name}: silang {line}"
            continue
        command: click.Command = main.commands[words[0]]
        if isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
            command = command.commands[words[1]]
        known = {name for parameter in command.params for name in parameter.opts}
        for word in words[1:]:
            if word.startswith("--") and word != "--help":
                assert word.partition("=")[0].rstrip(",.;:'") in known, f"{page.name}: silang {line}"
        seen += 1
    assert seen > 10


def test_the_tutorial_deletes_the_record_it_says() -> None:
    from web.demo.catalogue import catalogue

    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    found = re.search(r'"action": "delete", "number": (\d+)', text)
    assert found
    record = catalogue()["AGR"][int(found[1]) - 1]
    assert f"its copy of *{record.work.title}*" in text
    same = next(entry for entry in catalogue()["KNG"] if entry.work.key == record.work.key)
    assert f"is number {same.number})" in text
