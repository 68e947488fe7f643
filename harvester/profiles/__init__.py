"""Connectors: a profile for each kind of system that members run, with its quirks as data and its own way of asking."""

from harvester.profiles.profile import Evidence, Profile, Site
from harvester.profiles.registry import GENERIC, PROFILES, of, suggest

__all__ = ["GENERIC", "PROFILES", "Evidence", "Profile", "Site", "of", "suggest"]
