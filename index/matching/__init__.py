"""What clustering reads out of titles, extents and imprints, and how matching pairs become groups."""
