"""CQL, the Contextual Query Language of SRU: read, written, and turned into our own queries by an editable table."""
