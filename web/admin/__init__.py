"""The pages of the network's admin: libraries, sources, accounts, post, background work. No reader's data."""

from web.admin import (
    background,
    branches,
    deletion,
    deletions,
    harvests,
    holidays,
    members,
    nodes,
    overview,
    post,
    quarantine,
    reprocessing,
    source_form,
    sources,
    targets,
    uploads,
    users,
)
from web.admin.room import blueprint

__all__ = [
    "background",
    "blueprint",
    "branches",
    "deletion",
    "deletions",
    "harvests",
    "holidays",
    "members",
    "nodes",
    "overview",
    "post",
    "quarantine",
    "reprocessing",
    "source_form",
    "sources",
    "targets",
    "uploads",
    "users",
]
