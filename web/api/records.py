"""GET /api/v1/records/<cluster>."""

from __future__ import annotations

from flask import Blueprint


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
