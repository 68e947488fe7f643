"""The command line: silang init, serve, worker, check, harvest, target, catalogue, reindex, fsck, backup, user, demo …"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import click

from web import logs
from web.settings import BadConfig, Settings, load
from web.wiring import VERSION, Parts, build


class Place:
    """Where the command works: the configuration file, and the parts once somebody asks for them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def settings(self) -> Settings:
        """The checked configuration; with faults, all are printed and the command ends with 2."""
        if not self.path.exists():
            click.echo(
                f"{self.path}: no such file. Say --config FILE, or start with the sample config.yaml.",
                err=True,
            )
            raise SystemExit(2)
        try:
            return load(self.path)
        except BadConfig as error:
            self.refuse(error)

    def refuse(self, error: BadConfig) -> NoReturn:
        """Print every fault of the configuration and end with 2."""
        for fault in error.faults:
            click.echo(fault, err=True)
        raise SystemExit(2)

    @cached_property
    def parts(self) -> Parts:
        """Everything joined, over the data folder that the configuration names."""
        logs.set_up(self.settings.log)
        return build(self.settings, self.path.resolve().parent)

    def ready(self) -> Parts:
        """The parts of an installation that `silang init` has made; ends with 2 where it has not."""
        from web import migrate

        parts = self.parts
        if not migrate.is_current(parts.db):
            click.echo("The database is not at this version's tables. Run: silang init", err=True)
            raise SystemExit(2)
        return parts


def step_back() -> None:
    """Let readers go first: what happens in the background takes the processor only when pages do not need it.

    Linux weighs sessions against each other before it looks at their processes (sched(7), autogroup): a process
    that leads a session of its own must make that nice too.
    """
    os.nice(10)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text("10")


pass_place = click.make_pass_decorator(Place)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    envvar="SILANG_CONFIG",
    help="The configuration file; the data folder is named in it.",
)
@click.version_option(VERSION, prog_name="silang")
@click.pass_context
def main(context: click.Context, path: Path) -> None:
    """Silang joins many libraries into one: catalogue, search, and loans between libraries."""
    context.obj = Place(path)


def _join() -> None:
    from web.cli import (
        agreement,
        catalogue,
        check,
        cluster,
        demo,
        harvest,
        keep,
        live,
        mockpeer,
        purge,
        reprocess,
        run,
        setup,
        target,
        users,
    )

    for command in (
        setup.init,
        run.serve,
        run.worker,
        run.z3950,
        check.check,
        harvest.harvest,
        cluster.cluster,
        catalogue.catalogue,
        live.live,
        mockpeer.mock_peer,
        target.target,
        agreement.agreement,
        keep.reindex,
        reprocess.reprocess,
        keep.fsck,
        keep.backup,
        keep.restore,
        purge.purge,
        users.user,
        demo.demo,
    ):
        main.add_command(command)


_join()

if __name__ == "__main__":
    sys.exit(main())
