"""Targets as other systems write them down: Koha's table of Z39.50/SRU servers, pazpar2's settings."""
