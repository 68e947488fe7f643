"""The duties of the worker: each does what is due now and says whether there may be more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from foundation.tables import one_time_link, session
from web.wiring import Parts


def harvest(parts: Parts, me: str) -> bool:
    """Take up the harvest whose turn it is and bring it to its end."""
    from harvester.guard.work import work_on_one
    from web.alerts import teller

    return work_on_one(parts.harvesting(), me, tell=teller(parts.clock))


def pushed(parts: Parts, me: str) -> bool:
    """Process uploads from SLiMS that were written down and not yet taken in."""
    from harvester.push.posts import catch_up

    return catch_up(parts.harvesting())


def index(parts: Parts, me: str) -> bool:
    """Bring clusters that changed into the search index."""
    from index.feed import feed

    return feed(parts.db, parts.engine, limit=parts.settings.index.batch) > 0


def publish(parts: Parts, me: str) -> bool:
    """Give clusters that changed their datestamps for harvesters of our own catalogue."""
    from index.provider import publish

    try:
        return publish.publish(parts.db, parts.clock) > 0
    except publish.TooSlow:
        return publish.publish(parts.db, parts.clock, limit=publish.LOT // 10) > 0


def messages(parts: Parts, me: str) -> bool:
    """Carry messages between libraries."""
    return parts.broker.deliver_messages(me) > 0


def timers(parts: Parts, me: str) -> bool:
    """Let deadlines that have passed do their work."""
    return parts.broker.run_timers(me) > 0


def mail(parts: Parts, me: str) -> bool:
    """Send waiting mail."""
    from web.mailing import send_waiting

    return send_waiting(parts, me) > 0


def jobs(parts: Parts, me: str) -> bool:
    """Take up one job that somebody started in the admin pages."""
    from web.jobs import work_on_one

    return work_on_one(parts, me)


def looks(parts: Parts, me: str) -> bool:
    """Look at an endpoint while somebody waits for what is found."""
    from web.jobs import work_on_one

    return work_on_one(parts, me, quick=True)


def reprocess(parts: Parts, me: str) -> bool:
    """After an upgrade that reads more out of records: let those that an older crosswalk has read be read again."""
    from harvester.reprocess import is_waiting
    from web.jobs import start

    with parts.db.read() as c:
        waiting = is_waiting(c)
    if waiting:
        with parts.db.begin() as c:
            start(c, "reprocess", now=parts.clock(), asked_by=None)
    return False


def compare(parts: Parts, me: str) -> bool:
    """After an upgrade that changed the rules of clustering: compare records again, a few hundred at a time."""
    from index.store import compare_again

    with parts.db.begin() as c:
        return compare_again(c, parts.clock()) > 0


def quality(parts: Parts, me: str) -> bool:
    """Keep the lists of what is wrong with descriptions true to what changed."""
    from index.quality import issues

    with parts.db.begin() as c:
        return issues.review(c, parts.clock()) > 0


def links(parts: Parts, me: str) -> bool:
    """Try some of the addresses that descriptions point to."""
    from index.quality.links import try_some

    if parts.settings.index.try_links:
        try_some(parts.db, parts.fetcher, parts.clock, limit=parts.settings.index.try_links)
    return False


def targets(parts: Parts, me: str) -> bool:
    """At night, see whether the catalogues that are searched live still are as they were."""
    from web.target_jobs import night

    return night(parts)


def purge(parts: Parts, me: str) -> bool:
    """Take readers out of requests that were closed long enough ago."""
    return parts.broker.purge(parts.forget_file) > 0


def agreements(parts: Parts, me: str) -> bool:
    """Let agreements begin, come near their end, renew themselves and end."""
    from broker.partnership.service import Partnerships

    Partnerships(parts.broker.house).keep_time()
    return False


def tidy(parts: Parts, me: str) -> bool:
    """Forget sessions that ended, links that are long over, live searches that nobody looks at; go on with deletions
    that somebody stopped."""
    from harvester.guard import held
    from web import elsewhere
    from web import jobs as work

    now = parts.clock()
    with parts.db.begin() as c:
        for held_id in held.unfinished(c):
            work.start(c, "delete_held", now=now, asked_by=None, subject=held_id, held=held_id)
        c.execute(delete(session).where(session.c.ends_at < now))
        c.execute(delete(one_time_link).where(one_time_link.c.ends_at < now - timedelta(days=30)))
    elsewhere.forget(parts)
    return False
