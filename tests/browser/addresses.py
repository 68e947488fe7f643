"""One address for each page of the URL map, and as whom to look at it."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.scene import Scene

#: Answers that are no page for people.
NO_PAGES = frozenset(
    {
        "/api/v1/search",
        "/api/v1/records/<cluster_id>",
        "/api/v1/libraries",
        "/api/v1/libraries/<code>",
        "/api/v1/openapi.json",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/robots.txt",
        "/oai",
        "/catalogue/<job_id>.pdf",
        "/catalogue/<job_id>/progress",
        "/opensearch.xml",
        "/suggest",
        "/covers/<key>",
        "/browse",
        "/desk/<library>/results/<key>.csv",
        "/desk/<library>/quality.csv",
        "/desk/<library>/slips/<key>.pdf",
        "/admin/harvests/<harvest_id>/progress",
        "/admin/harvests/<harvest_id>/receipt.json",
        "/admin/jobs/<job_id>/progress",
        "/admin/quarantine/<item>/raw",
        "/admin/sources/<code>/health.json",
    }
)

Where = tuple[str, Callable[[Scene], str]]


def _plain(address: str) -> Callable[[Scene], str]:
    return lambda scene: address


#: rule -> (login, address), several where a page looks different.
PAGES: list[tuple[str, str, Callable[[Scene], str]]] = [
    ("/", "", _plain("/")),
    ("/search", "", _plain("/search?q=lumbung&library=KNG&from=1960")),
    ("/search", "rani", _plain("/search?q=batik")),
    ("/search", "", _plain("/search?q=silsilah+perahu")),
    ("/search", "", _plain("/search?q=*a")),
    ("/search/advanced", "", _plain("/search/advanced?q=ti:(batik pesisir) -peta&from=1960")),
    ("/browse/<name>", "", _plain("/browse/authors")),
    ("/browse/<name>", "", _plain("/browse/call-numbers?at=7")),
    ("/browse/<name>", "", _plain("/browse/subjects?at=zzz")),
    ("/record/<cluster_id>", "", lambda s: f"/record/{s.cluster['batik']}"),
    ("/record/<cluster_id>", "rani", lambda s: f"/record/{s.cluster['batik']}"),
    ("/record/<cluster_id>", "kuni", lambda s: f"/record/{s.cluster['evil']}"),
    ("/libraries", "", _plain("/libraries")),
    ("/libraries/<code>", "", _plain("/libraries/MLT")),
    ("/help", "", _plain("/help")),
    ("/catalogue", "lala", _plain("/catalogue")),
    ("/accessibility", "", _plain("/accessibility")),
    ("/privacy", "", _plain("/privacy")),
    ("/sign-in", "", _plain("/sign-in")),
    ("/register", "", _plain("/register")),
    ("/reset", "", _plain("/reset")),
    ("/link/<token>", "", _plain("/link/x")),
    ("/nothing", "", _plain("/nothing")),
    ("/account", "rani", _plain("/account")),
    ("/account", "ada", _plain("/account")),
    ("/account/password", "rani", _plain("/account/password")),
    ("/account/sessions", "rani", _plain("/account/sessions")),
    ("/my/request", "rani", lambda s: f"/my/request?cluster={s.cluster['batik']}"),
    ("/my/request", "kuni", lambda s: f"/my/request?cluster={s.cluster['batik']}"),
    ("/my/request/blank", "rani", _plain("/my/request/blank")),
    ("/my/request/blank", "rani", _plain("/my/request/blank?kind=article")),
    ("/my/requests", "rani", _plain("/my/requests")),
    ("/my/requests", "kuni", _plain("/my/requests")),
    ("/my/requests/<request_id>", "rani", lambda s: f"/my/requests/{s.request['ready']}"),
    ("/my/requests/<request_id>/cancel", "rani", lambda s: f"/my/requests/{s.request['review']}/cancel"),
    ("/desk", "lala", _plain("/desk")),
    ("/desk/<library>", "lala", _plain("/desk/MLT")),
    ("/desk/<library>/find", "lala", _plain("/desk/MLT/find?q=lumbung")),
    ("/desk/<library>/messages", "lala", _plain("/desk/MLT/messages")),
    ("/desk/<library>/quality", "lala", _plain("/desk/MLT/quality")),
    ("/desk/<library>/same", "lala", _plain("/desk/MLT/same")),
    ("/desk/<library>/titles/<cluster_id>", "kiki", lambda s: f"/desk/KNG/titles/{s.cluster['batik']}"),
    ("/desk/<library>/borrowing", "lala", _plain("/desk/MLT/borrowing")),
    ("/desk/<library>/lending", "kiki", _plain("/desk/KNG/lending")),
    ("/desk/<library>/new", "lala", lambda s: f"/desk/MLT/new?cluster={s.cluster['batik']}"),
    ("/desk/<library>/new", "lala", _plain("/desk/MLT/new")),
    ("/desk/<library>/scan", "lala", _plain("/desk/MLT/scan")),
    ("/desk/<library>/results/<key>", "lala", _plain("/desk/MLT/results/x")),
    ("/desk/<library>/requests/<request_id>", "lala", lambda s: f"/desk/MLT/requests/{s.request['review']}"),
    ("/desk/<library>/requests/<request_id>", "lala", lambda s: f"/desk/MLT/requests/{s.request['ready']}"),
    (
        "/desk/<library>/requests/<request_id>/edit",
        "lala",
        lambda s: f"/desk/MLT/requests/{s.request['review']}/edit",
    ),
    ("/desk/<library>/supplies/<attempt_id>", "kiki", lambda s: f"/desk/KNG/supplies/{s.supply}"),
    ("/desk/<library>/patrons", "lala", _plain("/desk/MLT/patrons")),
    ("/desk/<library>/patrons/new", "lala", _plain("/desk/MLT/patrons/new")),
    ("/desk/<library>/patrons/import", "lala", _plain("/desk/MLT/patrons/import")),
    ("/desk/<library>/patrons/import/<key>", "lala", _plain("/desk/MLT/patrons/import/x")),
    ("/desk/<library>/patrons/<patron_id>", "lala", lambda s: f"/desk/MLT/patrons/{s.world.patron['rani']}"),
    (
        "/desk/<library>/patrons/<patron_id>/edit",
        "lala",
        lambda s: f"/desk/MLT/patrons/{s.world.patron['rani']}/edit",
    ),
    *(
        (rule, "ada", _plain(address))
        for rule, address in (
            ("/admin", "/admin"),
            ("/admin/deletions", "/admin/deletions"),
            ("/admin/files", "/admin/files"),
            ("/admin/holidays", "/admin/holidays"),
            ("/admin/jobs", "/admin/jobs"),
            ("/admin/libraries", "/admin/libraries"),
            ("/admin/libraries/<code>", "/admin/libraries/KNG"),
            ("/admin/libraries/<code>/branches/new", "/admin/libraries/KNG/branches/new"),
            ("/admin/libraries/<code>/edit", "/admin/libraries/KNG/edit"),
            ("/admin/libraries/<code>/retire", "/admin/libraries/KNG/retire"),
            ("/admin/libraries/new", "/admin/libraries/new"),
            ("/admin/log", "/admin/log"),
            ("/admin/nodes", "/admin/nodes"),
            ("/admin/outbox", "/admin/outbox"),
            ("/admin/quarantine", "/admin/quarantine"),
            ("/admin/sources", "/admin/sources"),
            ("/admin/sources/<code>", "/admin/sources/kng"),
            ("/admin/sources/<code>", "/admin/sources/trt"),
            ("/admin/sources/<code>/delete", "/admin/sources/kng/delete"),
            ("/admin/sources/<code>/edit", "/admin/sources/kng/edit"),
            ("/admin/sources/new", "/admin/sources/new"),
            ("/admin/users", "/admin/users"),
            ("/admin/users/new", "/admin/users/new"),
        )
    ),
    (
        "/admin/libraries/<code>/branches/<branch_id>",
        "ada",
        lambda s: f"/admin/libraries/KNG/branches/{s.world.branch['KNG']}",
    ),
    ("/admin/harvests/<harvest_id>", "ada", lambda s: f"/admin/harvests/{s.network['ended']}"),
    ("/admin/harvests/<harvest_id>", "ada", lambda s: f"/admin/harvests/{s.network['failed']}"),
    ("/admin/files/<key>", "ada", lambda s: f"/admin/files/{s.network['upload']}"),
    ("/admin/deletions/<held_id>", "ada", lambda s: f"/admin/deletions/{s.network['held']}"),
    ("/admin/quarantine/<item>", "ada", lambda s: f"/admin/quarantine/{s.network['item']}"),
    ("/admin/users/<user_id>", "ada", lambda s: f"/admin/users/{s.world.user['rani']}"),
    ("/admin/users/<user_id>/edit", "ada", lambda s: f"/admin/users/{s.world.user['rani']}/edit"),
]
