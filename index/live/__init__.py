"""Other catalogues searched live: one query to many targets, their answers merged while they come in."""
