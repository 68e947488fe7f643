"""Accounts: passwords, sessions that can be revoked, one-time links, signing in."""
