"""Any provider: nothing is taken for granted, everything is found out."""

from __future__ import annotations

from harvester.profiles.profile import Profile

PROFILE = Profile(code="generic", system="OAI-PMH 2.0", copies_by="record")
