"""silang catalogue: the union catalogue as something to hold in the hand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from web.cli import Place, pass_place


@click.group()
def catalogue() -> None:
    """The union catalogue: print it."""


@catalogue.command("print")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--library", "library_code", default="", help="Only what this library has (its code).")
@click.option(
    "--order",
    type=click.Choice(["class", "author", "title"]),
    default="class",
    show_default=True,
    help="How the titles are sorted.",
)
@click.option("--ddc", default="", help="Only classes that begin so, such as 297.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def print_(
    place: Place, out: Path, library_code: str, order: str, ddc: str, language: str, as_json: bool
) -> None:
    """Write the printed union catalogue (katalog induk) as a PDF.

    Titles with their locations, an index of authors, an index of titles, and what the codes of libraries mean.
    """
    from foundation import libraries
    from web import texts
    from web.printed.book import Wish, write

    parts = place.ready()
    library_id = ""
    if library_code:
        try:
            with parts.db.read() as c:
                library_id = libraries.by_code(c, library_code).id
        except libraries.UnknownLibrary:
            raise click.ClickException(f"There is no library {library_code}.") from None
    name = parts.settings.web.name
    title = (
        texts.say("printed.title", language)
        if name == "Silang"
        else texts.say("printed.of", language, name=name)
    )
    said = time.monotonic()

    def report(done: int, total: int | None) -> None:
        nonlocal said
        if not as_json and total and time.monotonic() - said > 5:
            said = time.monotonic()
            click.echo(f"{done:,} of {total:,} titles", err=True)

    wish = Wish(title=title, order=order, library_id=library_id, dewey=ddc, language=language)
    fresh = out.with_name(f".{out.name}.part")
    try:
        with fresh.open("wb") as stream:
            made = write(parts.db, wish, stream, now=parts.clock(), report=report)
        fresh.replace(out)
    except OSError as error:
        raise click.ClickException(f"{out}: {error}") from error
    finally:
        fresh.unlink(missing_ok=True)
    size = out.stat().st_size
    if as_json:
        click.echo(json.dumps({"file": str(out), "bytes": size, **made}))
    else:
        click.echo(f"{out}: {made['titles']:,} titles on {made['pages']:,} pages, {size:,} bytes.")
