"""Lists that announce no size and never end, with a new identifier each time: nothing else would stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harvester import lists
from harvester.errors import HarvestFailed, NotAllowed, OutOfPatience, ProtocolError, Stopped
from harvester.receipt import ENDLESS, INVENTED
from harvester.spool import Stored

if TYPE_CHECKING:
    from harvester.harvest import Run

#: After so many pages a record of the last one is asked for by itself.
LOOK_AT = (50, 200, 1000, 5000, 20_000)
#: Longest list without a size: pages, and seconds since the run began.
MOST_PAGES = 250_000
MOST_SECONDS = 48 * 3600.0


def looks_like_it(run: Run, stored: Stored) -> str:
    """'' or how the list has to be ended. A list that says how long it is may be as long as it likes.

    A provider that names records which GetRecord does not know is inventing them.
    """
    if run.cursor.expected is not None:
        return ""
    pages = run.number + 2 - run.cursor.pass_from  # with this one
    longest = MOST_SECONDS if run.ctx.longest is None else run.ctx.longest
    begun = run.mine.started_at or run.mine.queued_at
    if pages > MOST_PAGES or (run.ctx.clock() - begun).total_seconds() > longest:
        return ENDLESS
    last = stored.headers[-1].identifier if stored.headers else ""
    # a GetRecord that does not know the first one either knows nothing
    if pages in LOOK_AT and not _is_known(run, last) and _is_known(run, run.cursor.first):
        return INVENTED
    return ""


def _is_known(run: Run, identifier: str) -> bool:
    """Whether GetRecord gives a record; True where it says nothing either way. Raises what is final."""
    if not identifier:
        return True
    arguments = {"metadataPrefix": run.cursor.arguments["metadataPrefix"], "identifier": identifier}
    check = lists.Check("GetRecord", arguments, run.conversation.tally.odd)
    try:
        run.conversation.ask(
            {"verb": "GetRecord", **arguments}, lambda chunks: lists.read_page(chunks, check), tries=1
        )
    except ProtocolError as error:
        return not error.has("idDoesNotExist")
    except (NotAllowed, OutOfPatience, Stopped):
        raise
    except HarvestFailed:
        return True
    return True
