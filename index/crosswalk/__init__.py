"""Formats of description, each read into and written from a Record."""
