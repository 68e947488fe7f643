"""A system outside that can be had at once: it plays a library that asks or lends by ISO 18626, for trying and testing."""
