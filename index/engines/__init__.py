"""The search indexes behind the Engine protocol."""
