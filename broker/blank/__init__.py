"""Wishes that were typed, not taken from the catalogue: which titles of it they may mean."""
