"""The server's side of Z39.50 without a network: what comes in of a session, and what is answered, over callbacks."""
