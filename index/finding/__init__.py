"""What helps people to find: other spellings, lists to walk through, completions, works in other editions."""
