"""Catalogues that speak SRU 1.1, 1.2 or 2.0, asked live: requests, answers as they really are, and ZeeRex."""
