"""A world to look at: titles, a third library, requests in several states, at both desks."""

from __future__ import annotations

from dataclasses import dataclass, field

from broker.views import Actor, Draft
from foundation import outbox
from tests.browser.agreeing import agree
from tests.browser.live import add_search
from tests.browser.network import set_up
from tests.browser.targets import add_targets
from tests.web import samples
from tests.web.conftest import World
from tests.web.desk_world import carry, third_library


@dataclass(slots=True)
class Scene:
    """The world, the cluster of each title, requests by what they show, the supply that KNG works on."""

    world: World
    cluster: dict[str, str] = field(default_factory=dict)
    request: dict[str, str] = field(default_factory=dict)
    supply: str = ""
    network: dict[str, str] = field(default_factory=dict)
    live: str = ""
    live_hit: str = ""
    agreement: dict[str, str] = field(default_factory=dict)


def reader(world: World) -> Actor:
    """rani, with the card of MLT."""
    return Actor(
        user_id=world.user["rani"],
        role="patron",
        library_id=world.library["MLT"],
        patron_id=world.patron["rani"],
    )


def librarian(world: World, login: str, code: str) -> Actor:
    """Somebody at a desk."""
    return Actor(user_id=world.user[login], role="librarian", library_id=world.library[code])


def play(world: World) -> Scene:
    """Fill the world."""
    scene = Scene(world)
    third_library(world)
    samples.store_all(world)
    samples.take(world, "MLT", **{f"t{n}": samples.plain(n) for n in range(0, 60, 2)})
    samples.take(world, "KNG", **{f"t{n}": samples.plain(n) for n in range(1, 60, 2)})
    for name in ("batik", "tesis", "evil", "t1", "t3", "t5"):
        scene.cluster[name] = samples.cluster(world, "KNG", name)
    broker = world.parts.broker
    lala, kiki = librarian(world, "lala", "MLT"), librarian(world, "kiki", "KNG")

    def ask(name: str, title: str) -> str:
        draft = Draft(
            citation={"title": title, "author": "Purwakala, Dewanti"},
            cluster_id=scene.cluster[name],
            pickup_branch_id=world.branch["MLT"],
            purpose="research",
        )
        return broker.submit(reader(world), draft).id

    scene.request["review"] = ask("t5", "Lumbung Benih Desa 5")
    for stage, name in (("promised", "t3"), ("ready", "t1"), ("asked", "batik")):
        made = ask(name, "Batik Pesisir" if name == "batik" else f"Lumbung Benih Desa {name[1:]}")
        scene.request[stage] = made
        broker.place(lala, made, broker.request(lala, made).version)
        carry(world)
        view = broker.request(lala, made)
        if view.active is None or stage == "asked":
            continue
        attempt = view.active.id
        broker.answer(kiki, attempt, "will_supply", broker.supply(kiki, attempt).version)
        carry(world)
        if stage == "ready":
            broker.answer(kiki, attempt, "ship", broker.supply(kiki, attempt).version, barcode="KNG0048812")
            carry(world)
            broker.act(lala, made, "receive", broker.request(lala, made).version, attempt_id=attempt)
            carry(world)
    asked = broker.request(lala, scene.request["asked"]).active
    scene.supply = asked.id if asked else ""
    scene.network = set_up(world) | add_targets(world)
    scene.agreement = agree(world)
    with world.parts.db.begin() as c:
        for row in outbox.dead(c):
            raise AssertionError(row)
    scene.live, scene.live_hit = add_search(world)
    return scene
