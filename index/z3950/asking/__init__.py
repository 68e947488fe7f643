"""The client without a network: what is said to a server and what its answers mean, for every shell alike."""
