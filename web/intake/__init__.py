"""The routes of SLiMS's union catalogue: a button its librarians already have sends us their titles, deletions too.

SLiMS 2 posts titles to /ucpoll.php and deletions to /uc-ops.php, SLiMS 3 both to /ucs.php. It shows a message only
under HTTP 200, so every answer that has something to say comes under 200, with its own status inside.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from harvester.push import dialect, nodes, posts
from harvester.push.dialect import BadPost, Post
from harvester.push.posts import Outcome
from web import texts
from web.app import csrf, parts
from web.auth.throttle import Limit, Throttle, network
from web.may import needs

blueprint = Blueprint("intake", __name__)

#: Posts of one node, and of posts that were not let in those of one network.
NODE = Limit(tries=120, minutes=1)
STRANGERS = Limit(tries=30, minutes=10)

#: Numbers of titles that could not be read which an answer names.
_NAMED = 20


@blueprint.url_value_preprocessor
def _room_for_a_post(endpoint: str | None, _: Any) -> None:
    request.max_content_length = dialect.LARGEST


@blueprint.post("/ucs.php")
@blueprint.post("/ucpoll.php", endpoint="ucpoll")
@blueprint.post("/uc-ops.php", endpoint="uc_ops")
@csrf.exempt  # type: ignore[untyped-decorator]  # programs post here, with a key of their own and no cookie
@needs("look")
def ucs() -> Response:
    """Take titles or deletions in; each is written down before it is acknowledged."""
    limit = [(f"intake@{network(request.remote_addr)}", STRANGERS)]
    now = parts().clock()
    if wait := _throttle().wait(limit, now):
        answer = _answer(dialect.BUSY, "intake.busy", 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        body = request.get_data(cache=False)
        post = dialect.read(body)
    except RequestEntityTooLarge:
        return _answer(dialect.NO_DATA, "intake.large", 413)
    except BadPost as bad:
        _throttle().count(limit, now)
        return _answer(bad.status, f"intake.{bad.code}", most=dialect.MOST)
    with parts().db.read() as c:
        source = nodes.let_in(c, post.node, post.key)
    if source is None:
        _throttle().count(limit, now)
        with parts().db.begin() as c:
            nodes.refused(c, post.node, now)
        return _answer(dialect.NOT_AUTHORIZED, "intake.refused")
    if _throttle().wait([(f"node:{source.id}", NODE)], now):
        return _answer(dialect.BUSY, "intake.busy")
    _throttle().count([(f"node:{source.id}", NODE)], now)
    with parts().db.begin() as c:
        number = posts.accept(c, source.id, post, body, now)
    return _taken(source.id, post, posts.process_up_to(parts().harvesting(), source.id, number))


def _taken(source_id: str, post: Post, outcome: Outcome) -> Response:
    """Say what became of a post that is ours now, whatever happens."""
    status = dialect.DELETED if post.operation == "delete" else dialect.UPLOADED
    with parts().db.begin() as c:
        nodes.heard(c, source_id, name=post.name, status=status, at=parts().clock())
    if not outcome.processed:
        return _answer(status, "intake.written_down", n=len(post.titles) or len(post.gone))
    if post.operation == "delete":
        return _answer(status, "intake.deleted", n=outcome.deleted)
    if not outcome.rejected:
        return _answer(status, "intake.uploaded", n=outcome.records)
    bad = ", ".join(f"{name} ({_why(reason)})" for name, reason in outcome.rejected[:_NAMED])
    return _answer(status, "intake.uploaded.some", n=outcome.records, bad=len(outcome.rejected), which=bad)


def _why(reason: str) -> str:
    key = f"admin.reject.{reason}"
    return texts.say(key, g.language).lower() if texts.has(key) else reason


def _answer(status: str, key: str, code: int = 200, **values: Any) -> Response:
    from json import dumps

    message = texts.say(key, g.language, site=parts().settings.web.name, **values)
    body = dumps({"status": status, "message": message}, ensure_ascii=False)
    return Response(body, code, content_type="text/json; charset=utf-8")


def _throttle() -> Throttle:
    found: Throttle = parts().cache.setdefault("intake_throttle", Throttle(keys=5_000))
    return found
