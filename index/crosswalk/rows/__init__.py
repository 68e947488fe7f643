"""Descriptions that come as rows and JSON: spreadsheets, and what SLiMS sends to a union catalogue."""
