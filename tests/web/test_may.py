"""Who may call which route: every route of the URL map against one table, and what holds for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from foundation.db import Database, metadata
from tests.browser.addresses import PAGES
from tests.browser.scene import play
from tests.conftest import TestClock
from tests.web.conftest import QUICK, Client, World, make_parts, make_world
from web.auth import passwords

TABLE = Path(__file__).with_name("routes.txt")

#: login -> what they are, seen from the library MLT.
PEOPLE = {
    "": {"everybody"},
    "rani": {"everybody", "signed_in", "patron"},
    "kuni": {"everybody", "signed_in", "patron"},
    "lala": {"everybody", "signed_in", "staff", "desk"},
    "kiki": {"everybody", "signed_in", "staff"},
    "hadi": {"everybody", "signed_in", "staff"},
    "ada": {"everybody", "signed_in", "staff", "admin"},
}

#: The same seen from KNG, for routes that name a library.
AT_KNG = PEOPLE | {
    "lala": {"everybody", "signed_in", "staff"},
    "kiki": {"everybody", "signed_in", "staff", "desk"},
    "hadi": {"everybody", "signed_in", "staff", "desk", "head"},
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
    filled = re.sub(r"<any\((\w+)[^>]*>", r"\1", filled)
    filled = re.sub(r"<int:[^>]+>", "1", filled)
    return re.sub(r"<[^>]+>", "lending" if "<side>" in rule else "x", filled)


def test_every_route_stands_in_the_table_and_every_line_is_a_route(world: World) -> None:
    routes = {(method, rule) for method, rule, _ in actual(world)}
    assert sorted(routes - expected().keys()) == []
    assert sorted(expected().keys() - routes) == []


@pytest.mark.slow
@pytest.mark.parametrize("library", ["MLT", "KNG"])
def test_each_route_lets_in_whom_the_table_names_and_nobody_else(
    world: World, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The views are taken out, so that what answers is the check alone."""
    table = expected()
    clients = {login: world.client(login) for login in PEOPLE}
    world.app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, view in list(world.app.view_functions.items()):
        if endpoint == "static":
            continue

        def reached(**_: object) -> str:
            return "reached"

        reached.action = view.action  # type: ignore[attr-defined]
        monkeypatch.setitem(world.app.view_functions, endpoint, reached)  # the application outlives this test
    wrong = []
    for method, rule, _ in actual(world):
        if library == "KNG" and "<library>" not in rule:
            continue
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


#: Posted to by machines: they have no form of ours, and nothing there acts for whoever is signed in.
FOR_MACHINES = frozenset({"/oai", "/sru", "/ucs.php", "/ucpoll.php", "/uc-ops.php", "/iso18626"})


@pytest.mark.slow
def test_every_post_wants_the_token_of_the_form(world: World) -> None:
    clients = [world.client(login) for login in ("", "rani", "lala", "ada")]
    for method, rule, endpoint in actual(world):
        if method == "GET" or rule in FOR_MACHINES:
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


@dataclass(slots=True)
class Walk:
    """Every page of the URL map, seen by somebody who may see it; and what was written meanwhile."""

    answers: list[tuple[str, TestResponse]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def pages(self) -> Iterator[tuple[str, str]]:
        """Those for people."""
        for path, answer in self.answers:
            if answer.mimetype == "text/html" and answer.status_code != 302:
                yield path, answer.text


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Walked once, over a world with loans and harvests in it."""
    folder = tmp_path_factory.mktemp("walk")
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    clock = TestClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
    found = Walk()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", QUICK)
        world = make_world(make_parts(db, folder, clock), clock)
        scene = play(world)
        clients = {login: world.client(login) for login in ("", *world.user)}

        def watch(*args: object) -> None:
            statement = str(args[2])
            if statement.split()[0].upper() in ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"):
                found.written.append(statement[:200])

        event.listen(db.engine, "before_cursor_execute", watch)
        more = [
            ("", f"/api/v1/records/{scene.cluster['batik']}"),
            ("", "/api/v1/search?q=batik"),
            ("ada", f"/admin/harvests/{scene.network['ended']}/progress"),
            ("ada", f"/admin/harvests/{scene.network['ended']}/receipt.json"),
            ("ada", f"/admin/quarantine/{scene.network['item']}/raw"),
            ("", "/static/silang.css"),
            ("", "/metrics"),
        ]
        for login, path in [*((login, where(scene)) for _, login, where in PAGES), *more]:
            answer = clients[login].get(path)
            assert answer.status_code < 500, path
            found.answers.append((path, answer))
    yield found
    db.close()


@pytest.mark.slow
def test_looking_at_a_page_changes_nothing(walk: Walk) -> None:
    assert walk.written == []


@pytest.mark.slow
def test_every_answer_carries_the_headers_that_keep_browsers_safe(walk: Walk) -> None:
    for path, answer in walk.answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy or "sandbox" in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["X-Request-Id"] or "static" in path
        if path.startswith(("/my", "/desk", "/admin", "/account")):
            assert answer.headers["Cache-Control"] == "no-store", path
        assert "Server" not in answer.headers


def test_pages_hold_no_script_or_style_of_their_own(walk: Walk) -> None:
    for path, page in walk.pages():
        assert not re.search(
            r"<style|\sstyle=|<script(?! src=\"/static/| type=\"application/ld\+json\">)|<[^>]*\son[a-z]+=\"",
            page,
        ), path
        for link in re.findall(r'(?:src|action)="(https?:[^"]*)"', page):
            raise AssertionError(f"{path} leads to {link}")
        for link in re.findall(r'<a [^>]*href="https?:[^>]*>', page):
            assert "noopener" in link, (path, link)


def test_a_page_is_one_page(walk: Walk) -> None:
    """One title, one first heading, one main part; no id twice; within the budget."""
    for path, page in walk.pages():
        assert len(re.findall(r"<h1[ >]", page)) == 1, path
        assert len(re.findall(r"<main[ >]", page)) == 1, path
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids)), (path, [one for one in set(ids) if ids.count(one) > 1])
        assert len(page.encode()) <= 60_000, path


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert client.open("/search", method=method).status_code == 405


def test_a_desk_or_request_of_another_library_answers_as_if_it_did_not_exist(world: World) -> None:
    client = world.client("lala")
    client.page("/desk/KNG", 404)
    client.page("/desk/NONE", 404)
