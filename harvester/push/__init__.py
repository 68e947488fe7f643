"""Catalogues that are sent to us: SLiMS uploads to a union catalogue, title by title, deletions too."""
