"""What is known of patrons by their requests, and when it is forgotten."""
