"""Reads members' catalogues on a schedule and keeps the index true to them."""
