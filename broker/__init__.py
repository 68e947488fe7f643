"""Who may do what with whom, and how a request travels to a library that can fill it and back."""
