"""Targets: catalogues that are searched live, how each wants to be asked, and what was found out about it."""
