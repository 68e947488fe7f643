"""What libraries have, in one form, and every way of asking for it."""
