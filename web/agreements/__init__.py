"""Pages of agreements: lists, drawing up, confirming, the matrix, partners, papers, and decide for machines."""

from web.agreements import drawing, matrix, papers, showing
from web.agreements.room import blueprint

__all__ = ["blueprint", "drawing", "matrix", "papers", "showing"]
