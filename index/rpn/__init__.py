"""Type-1 queries (RPN) as values: their tree, the prefix notation PQF, and the ways to and from our own Query and CQL."""
