"""Who may do what: one table of actions, one function that answers, asked by every route.

A route carries the name of its action; a route without one is not served. Each action is allowed to
roles, and only where they hold: in the library that the address names, or in the network.
A thing of another library answers as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Route = TypeVar("Route", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is looking: an account with its roles, or nobody (`user_id` is None).

    `roles` are (role, library id) pairs; the library of an admin is None.
    """

    user_id: str | None = None
    login: str = ""
    name: str = ""
    language: str = "id"
    roles: frozenset[tuple[str, str | None]] = frozenset()

    def libraries(self, *roles: str) -> frozenset[str]:
        """Ids of the libraries in which one of these roles is held."""
        return frozenset(library for role, library in self.roles if role in roles and library)

    @property
    def staff(self) -> frozenset[str]:
        """Ids of the libraries at whose desk the viewer works."""
        return self.libraries("librarian", "head")

    @property
    def is_admin(self) -> bool:
        """Whether the viewer looks after the network (and sees no patron's data by that)."""
        return ("admin", None) in self.roles


#: action -> who may: everybody, anybody signed in, or roles; scope 'library' means in that very library.
ACTIONS: dict[str, tuple[str, ...]] = {
    "look": ("everybody",),  # search, records, libraries, help, health
    "sign_in": ("everybody",),
    "own_account": ("signed_in",),
    "own_requests": ("patron",),
    "desk_look": ("librarian", "head"),
    "desk_work": ("librarian", "head"),
    "desk_patrons": ("librarian", "head"),
    "desk_approve": ("head",),
    "network": ("admin",),
    "print": ("librarian", "head", "admin"),  # the printed union catalogue
    "agreements_look": ("librarian", "head", "admin"),  # who may do what with whom, over all libraries
    "copy_records": ("librarian", "head", "admin"),  # records of other catalogues, as MARC and as they came
    "metrics": ("everybody",),  # guarded by its own token or by loopback
}

#: Actions that hold only in the library that the object belongs to.
IN_LIBRARY = frozenset({"desk_look", "desk_work", "desk_patrons", "desk_approve"})


def may(viewer: Viewer, action: str, library_id: str | None = None) -> bool:
    """Whether the viewer may do this; library actions need the library the object belongs to."""
    roles = ACTIONS[action]
    if "everybody" in roles:
        return True
    if viewer.user_id is None:
        return False
    if "signed_in" in roles:
        return True
    if action in IN_LIBRARY:
        return library_id is not None and any((role, library_id) in viewer.roles for role in roles)
    return any(role in roles for role, _ in viewer.roles)


def needs(action: str) -> Callable[[Route], Route]:
    """Mark a view function with the action that its caller must be allowed."""
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}")

    def mark(view: Route) -> Route:
        view.action = action  # type: ignore[attr-defined]  # read by web.app before each request
        return view

    return mark
