"""Who may call which route: every route of the URL map against one table, and what holds for all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.web import samples
from tests.web.conftest import Client, World

TABLE = Path(__file__).with_name("routes.txt")

#: login -> what they are, seen from the library MLT.
PEOPLE = {
    "": {"everybody"},
    "rani": {"everybody", "signed_in", "patron"},
    "kuni": {"everybody", "signed_in", "patron"},
    "lala": {"everybody", "signed_in", "desk"},
    "kiki": {"everybody", "signed_in"},
    "hadi": {"everybody", "signed_in"},
    "ada": {"everybody", "signed_in", "admin"},
}

#: The same seen from KNG, for routes that name a library.
AT_KNG = PEOPLE | {
    "lala": {"everybody", "signed_in"},
    "kiki": {"everybody", "signed_in", "desk"},
    "hadi": {"everybody", "signed_in", "desk", "head"},
}


def expected() -> dict[tuple[str, str], str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {(method, rule): who for method, rule, who in rows}


def actual(world: World) -> list[tuple[str, str, str]]:
    """(method, rule, endpoint) of everything the application answers to."""
    return sorted(
        (method, rule.rule, rule.endpoint)
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def address(rule: str, library: str) -> str:
    filled = rule.replace("<library>", library)
    filled = re.sub(r"<int:[^>]+>", "1", filled)
    return re.sub(r"<[^>]+>", "lending" if "<side>" in rule else "x", filled)


def test_every_route_stands_in_the_table_and_every_line_is_a_route(world: World) -> None:
    routes = {(method, rule) for method, rule, _ in actual(world)}
    assert sorted(routes - expected().keys()) == []
    assert sorted(expected().keys() - routes) == []


@pytest.mark.parametrize("library", ["MLT", "KNG"])
def test_each_route_lets_in_whom_the_table_names_and_nobody_else(world: World, library: str) -> None:
    """The views are taken out, so that what answers is the check alone."""
    table = expected()
    clients = {login: world.client(login) for login in PEOPLE}
    world.app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, view in world.app.view_functions.items():
        if endpoint == "static":
            continue

        def reached(**_: object) -> str:
            return "reached"

        reached.action = view.action  # type: ignore[attr-defined]
        world.app.view_functions[endpoint] = reached
    wrong = []
    for method, rule, _ in actual(world):
        who = table.get((method, rule), "nobody")
        for login, client in clients.items():
            answer = client.open(address(rule, library), method=method)
            let_in = answer.text == "reached"
            if let_in != (who in (PEOPLE if library == "MLT" else AT_KNG)[login]):
                wrong.append(f"{method} {rule}: {login or 'a guest'} is {'let in' if let_in else 'kept out'}")
            if not let_in:
                assert answer.status_code in (302, 401, 403, 404)
                if "<library>" in rule and login:
                    assert answer.status_code == 404, (rule, login)  # it looks as if it did not exist
    assert wrong == []


def test_every_post_wants_the_token_of_the_form(world: World) -> None:
    clients = [world.client(login) for login in ("", "rani", "lala", "ada")]
    for method, rule, endpoint in actual(world):
        if method == "GET":
            continue
        for client in clients:
            answer = client.open(address(rule, "MLT"), method=method, data={"x": "y"})
            assert answer.status_code != 200, (method, rule)
            if answer.status_code not in (302, 401, 403, 404):
                assert answer.status_code == 400, (method, rule, answer.status_code)
        assert "csrf" not in getattr(world.app.view_functions[endpoint], "exempt", ""), rule


def test_a_token_of_somebody_else_is_no_good(world: World) -> None:
    theirs = re.search(r'name="csrf_token" value="([^"]+)"', world.client("kuni").page("/account"))
    assert theirs
    client = world.client("rani")
    answer = client.post("/account/language", data={"csrf_token": theirs[1], "language": "en"})
    assert answer.status_code == 400


#: Pages that need nothing but a login; what needs objects is walked by the browser tests.
SIMPLE = [
    ("", "/"),
    ("", "/search?q=batik"),
    ("", "/record/{batik}"),
    ("rani", "/record/{batik}"),
    ("", "/libraries/MLT"),
    ("", "/api/v1/search?q=batik"),
    ("", "/api/v1/records/{batik}"),
    ("", "/sign-in"),
    ("", "/register"),
    ("", "/reset"),
    ("", "/link/x"),
    ("rani", "/account"),
    ("rani", "/account/sessions"),
    ("rani", "/account/password"),
    ("rani", "/my/requests"),
    ("rani", "/my/request?cluster={batik}"),
    ("rani", "/my/request/blank"),
    ("lala", "/desk/MLT"),
    ("lala", "/desk/MLT/borrowing"),
    ("lala", "/desk/MLT/lending"),
    ("lala", "/desk/MLT/patrons"),
    ("lala", "/desk/MLT/scan"),
    ("lala", "/desk/MLT/new?cluster={batik}"),
]


def test_looking_at_a_page_changes_nothing(world: World) -> None:
    samples.store_all(world)
    batik = samples.cluster(world, "KNG", "batik")
    clients = {login: world.client(login) for login in ("", "rani", "lala")}
    written: list[str] = []

    def watch(*args: object) -> None:
        if str(args[2]).split()[0].upper() in ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"):
            written.append(str(args[2]))

    event.listen(world.parts.db.engine, "before_cursor_execute", watch)
    for login, path in SIMPLE:
        answer = clients[login].get(path.format(batik=batik))
        assert answer.status_code in (200, 302, 410), (path, answer.status_code)
    assert written == []


def test_every_answer_carries_the_headers_that_keep_browsers_safe(world: World) -> None:
    samples.store_all(world)
    batik = samples.cluster(world, "KNG", "batik")
    clients = {login: world.client(login) for login in ("", "rani", "lala")}
    for login, path in [*SIMPLE, ("", "/nothing"), ("", "/static/silang.css")]:
        answer = clients[login].get(path.format(batik=batik))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-Id"] or "static" in path
        if login:
            assert answer.headers["Cache-Control"] == "no-store"
        assert "Server" not in answer.headers


def test_pages_hold_no_script_or_style_of_their_own(world: World) -> None:
    samples.store_all(world)
    batik = samples.cluster(world, "KNG", "batik")
    clients = {login: world.client(login) for login in ("", "rani", "lala")}
    for login, path in SIMPLE:
        answer = clients[login].get(path.format(batik=batik))
        if answer.mimetype != "text/html":
            continue
        page = answer.text
        assert not re.search(r"<style|\sstyle=|<script(?! src=\"/static/)|\son[a-z]+=\"", page), path
        for link in re.findall(r'(?:src|href|action)="(https?:[^"]*)"', page):
            assert 'rel="noopener' in page, link


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert client.open("/search", method=method).status_code == 405


def test_a_desk_or_request_of_another_library_answers_as_if_it_did_not_exist(world: World) -> None:
    client = world.client("lala")
    client.page("/desk/KNG", 404)
    client.page("/desk/NONE", 404)
