"""The record page."""

from __future__ import annotations

from flask import Blueprint


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
