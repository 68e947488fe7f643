"""What every part stands on: time, the database, one safe way to the network, work that is carried out exactly once."""
