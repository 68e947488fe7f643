"""Everything people and machines meet, and the wiring."""
