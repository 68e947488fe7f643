"""The pages of targets: catalogues that are searched live, how each does, and trying them out."""

from web.admin.targets import form, importing, listing, probing, trying

__all__ = ["form", "importing", "listing", "probing", "trying"]
