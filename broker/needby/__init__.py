"""The day by which a reader needs it: what the rota and the clock make of it."""
