"""silang serve and silang worker: the two processes of an installation."""

from __future__ import annotations

import gc
from typing import Any

import click

from web.cli import Place, pass_place, step_back
from web.cli.setup import address
from web.settings import BadConfig


@click.command()
@click.option("--host", help="Address to listen on (default: web.host of the configuration).")
@click.option("--port", type=int, help="Port to listen on (default: web.port of the configuration).")
@pass_place
def serve(place: Place, host: str | None, port: int | None) -> None:
    """Serve the pages until it is stopped (Ctrl-C)."""
    import waitress

    from web.app import create_app

    parts = place.ready()
    web = parts.settings.web
    app = create_app(parts)
    gc.collect()
    gc.freeze()  # what is loaded by now stays for good: looking through it again and again costs a live search a tenth
    click.echo(f"Serving {address(parts)}", err=True)
    waitress.serve(
        app,
        host=host or web.host,
        port=port or web.port,
        threads=web.threads,
        ident=None,
        channel_timeout=60,
        max_request_body_size=64 * 2**20,
        **_proxies(web.proxies),
    )


def _proxies(count: int) -> dict[str, Any]:
    """What waitress is told about proxies in front; without one, nothing that claims to come from one is believed."""
    if not count:
        return {"clear_untrusted_proxy_headers": True}
    headers = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return {"trusted_proxy": "*", "trusted_proxy_count": count, "trusted_proxy_headers": headers}


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@pass_place
def worker(place: Place, once: bool) -> None:
    """Run what happens by itself, until it is stopped: harvests, index, messages, mail, deadlines.

    Several may run; each kind of work is done by one at a time, and another takes over within 30 seconds.
    """
    from web import worker as work

    step_back()
    parts = place.ready()
    work.run_once(parts) if once else work.run(parts)


@click.command()
@pass_place
def z3950(place: Place) -> None:
    """Answer Z39.50 until it is stopped: the target as a process of its own (z3950.in_worker: false)."""
    import asyncio
    import signal
    import threading

    from web.sru import read_profile
    from web.z3950 import running

    parts = place.ready()
    settings = parts.settings.z3950
    if not settings.port:
        click.echo("z3950.port is 0: give it a port in the configuration.", err=True)
        raise SystemExit(2)
    try:
        table = read_profile(parts)
    except BadConfig as error:
        place.refuse(error)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def ready(port: int) -> None:
        click.echo(f"Answering Z39.50 at {settings.host}:{port}/{settings.database}", err=True)

    try:
        asyncio.run(running.listen(parts, table, stop, ready))
    except OSError as fault:
        click.echo(f"Port {settings.port} of {settings.host} cannot be had: {fault}", err=True)
        raise SystemExit(1) from fault
