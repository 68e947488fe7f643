"""What readers ask for, and where it stands."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("patron", __name__, url_prefix="/my")
