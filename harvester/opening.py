"""How a run begins: who the provider is, which format, from when, and by which way the list is read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harvester import datestamps, plan, profiles
from harvester.errors import ProtocolError
from harvester.provider import Identity, best_prefix, choose_prefix, formats, identify_if_possible
from harvester.receipt import WINDOWS

if TYPE_CHECKING:
    from harvester.harvest import Run


def settle(run: Run) -> bool:
    """Fill the cursor of a run that has not begun. True when Identify was answered. Raises what is final."""
    conversation, quirks, mine, cursor = run.conversation, run.conversation.quirks, run.mine, run.cursor
    identity = identify_if_possible(conversation)
    granularity = quirks.granularity or (identity.granularity if identity else "") or "seconds"
    wanted = profiles.of(run.source.profile).prefixes
    prefix = mine.prefix or run.source.prefix or choose_prefix(conversation, wanted)
    note_clock(run, identity)
    cursor.granularity = granularity
    cursor.deleted_policy = identity.deleted if identity else ""
    cursor.earliest = identity.earliest if identity else ""
    exact = plan.arguments(
        prefix=prefix,
        granularity=granularity,
        from_at=plan.start_of(run.source, mine, quirks, granularity),
        until_at=mine.until_at,
        set_spec=run.source.set_spec,
    )
    cursor.arguments = dict(exact)
    if mine.from_at is not None or mine.until_at is not None:
        cursor.chosen = {name: exact[name] for name in ("from", "until") if name in exact}
        cursor.arguments |= {
            name: datestamps.write(at, granularity)
            for name, at in (
                ("from", plan.widened(mine.from_at, granularity, -1)),
                ("until", plan.widened(mine.until_at, granularity, +1)),
            )
            if at is not None
        }
    if identity is not None:
        _note_address(run, identity)
    if quirks.windows:
        cursor.page_size = quirks.windows
        run.end_with(WINDOWS)
    return identity is not None


def note_clock(run: Run, identity: Identity | None) -> None:
    """The watermark this run may set: the earliest of all clocks, at its start."""
    said = identity.response_date if identity else ""
    server = identity.date_header if identity else run.conversation.last_date
    at, untrusted = datestamps.earliest_clock(said, server, run.ctx.clock())
    run.cursor.watermark = run.cursor.watermark or at.isoformat()
    if untrusted:
        run.conversation.quirks.clock_untrusted = True
        run.conversation.tally.odd("clock_untrusted", said)


def _note_address(run: Run, identity: Identity) -> None:
    """A provider that names another address than the one in use: the one in use stays."""
    ours, theirs = urlsplit(run.source.url), urlsplit(identity.base_url)
    if theirs.scheme and (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        run.conversation.tally.odd("another_base_url", identity.base_url[:200])


def choose_again(run: Run) -> str:
    """The prefix is not offered: another one of those that are, by namespace; '' when none is better."""
    cursor = run.cursor
    before = cursor.arguments["metadataPrefix"]
    cursor.refused_prefixes.append(before)
    try:
        prefix = best_prefix(formats(run.conversation), without=cursor.refused_prefixes)
    except ProtocolError:
        return ""
    if prefix:
        run.conversation.tally.odd("prefix_not_offered", f"{before}, {prefix} taken instead")
        cursor.arguments = cursor.arguments | {"metadataPrefix": prefix}
    return prefix
