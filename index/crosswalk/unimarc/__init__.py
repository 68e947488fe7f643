"""UNIMARC → Record. It shares its container with MARC 21 and none of its tags: evidence tells them apart."""

from index.crosswalk.unimarc.reader import is_unimarc, record_of

__all__ = ["is_unimarc", "record_of"]
