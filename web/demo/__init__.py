"""A consortium of five invented libraries with real catalogues over OAI-PMH, to try Silang and to test it."""
