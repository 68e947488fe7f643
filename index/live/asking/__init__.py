"""How one target is asked: gently, under a deadline, and not at all while it is known to be down."""
