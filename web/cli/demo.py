"""silang demo: five invented libraries to try everything with."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Where the demo keeps its data; removing the folder makes it new.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the pages (default: the first free from 8080)."
)
def demo(folder: Path, port: int | None) -> None:
    """Try everything with five invented libraries, until Ctrl-C.

    Makes the libraries with their branches and readers, starts a catalogue server for four of them and takes the
    fifth from a spreadsheet, harvests them, and serves the pages. It prints whom to sign in as and, as its last
    line, the web address. Everything stays on this machine. The next start goes on where this one ended.
    """
    from rich.console import Console

    from web.demo import layout, runner
    from web.demo.first_harvest import HarvestWentWrong
    from web.demo.processes import DidNotStart

    console = Console(stderr=True, highlight=False)
    try:
        runner.run(folder, port, click.echo, console)
    except layout.DemoRuns as error:
        raise click.ClickException(f"A demo already runs in {error}.") from error
    except (OSError, DidNotStart, HarvestWentWrong) as error:
        raise click.ClickException(str(error)) from error
