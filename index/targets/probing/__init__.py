"""Trying out what a target really understands, with terms from its own records."""
