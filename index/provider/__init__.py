"""What the union catalogue hands on by OAI-PMH: datestamps, sets, tombstones, lists and their tokens."""
