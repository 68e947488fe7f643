"""The printed union catalogue (katalog induk): a PDF by class, author or title with indexes and locations."""

from web.printed.pages import blueprint

__all__ = ["blueprint"]
