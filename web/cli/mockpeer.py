"""silang mock-peer: a library outside that asks and lends by ISO 18626, on this machine alone."""

from __future__ import annotations

import click

from web.mockpeer.scenarios import FAULTS, REQUESTING, SUPPLYING


@click.command("mock-peer")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8626, show_default=True, help="0: any free one."
)
@click.option("--symbol", default="ISIL:XX-MOCK", show_default=True, help="The library that it plays.")
@click.option("--to", "url", default="http://127.0.0.1:8080/iso18626", show_default=True, metavar="URL")
@click.option("--other", default="ISIL:ID-MLT", show_default=True, help="The library that it asks.")
@click.option(
    "--scenario",
    type=click.Choice(sorted((*SUPPLYING, *FAULTS))),
    default="loan",
    show_default=True,
    help="What it does with requests that name no scenario.",
)
@click.option("--version", type=click.Choice(["1.2", "2021-2", "2021-3"]), default="1.2", show_default=True)
@click.option("--account", default="", help="How it signs in.")
@click.option("--secret", default="", envvar="SILANG_MOCK_SECRET", help="Better said in SILANG_MOCK_SECRET.")
@click.option("--ask", type=click.Choice(sorted(REQUESTING)), help="Begin with asking, in this scenario.")
@click.option("--title", default="Laskar Pelangi", show_default=True, help="What it asks for.")
def mock_peer(
    port: int,
    symbol: str,
    url: str,
    other: str,
    scenario: str,
    version: str,
    account: str,
    secret: str,
    ask: str | None,
    title: str,
) -> None:
    """Play a library outside, to try lending by ISO 18626 without one.

    It listens on 127.0.0.1 alone; its page shows every message, and a form there begins a loan as the borrower. It ends
    with Ctrl-C.
    """
    from broker.peers.outside import by_http
    from foundation.clock import system_clock
    from foundation.fetch import Fetcher, FetchPolicy
    from web.mockpeer.server import Mock, Peer, Server
    from web.wiring import VERSION

    mock = Mock(
        symbol=symbol,
        other=other,
        url=url,
        scenario=scenario,
        version=version,
        account=account,
        secret=secret,
    )
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent=f"Silang-mock-peer/{VERSION}"))
    server = Server(Peer(mock=mock, post=by_http(fetcher), clock=system_clock), port)
    click.echo(f"{symbol} listens at {server.address}/iso18626; its log is at {server.address}/")
    if ask:
        click.echo(f"asked for {title!r} as {server.peer.ask(ask, {'title': title})}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("")
    finally:
        server.server_close()
