"""Z39.50 (ANSI/NISO Z39.50-2003): the codec, the client, and what a server needs of both."""
