"""Live searches in a SQLite file of their own: whichever process carries one out, every process can show it."""
