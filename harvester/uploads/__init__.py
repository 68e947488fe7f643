"""Catalogues that people send as files: recognised by content, looked at before they are taken in, then taken in."""
