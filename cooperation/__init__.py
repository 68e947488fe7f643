"""The other forms in which libraries help each other."""
