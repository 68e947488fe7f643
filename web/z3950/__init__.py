"""The union catalogue as a Z39.50 target: the listener, who may ask and how much, and the records it hands out."""
