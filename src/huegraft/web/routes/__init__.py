"""Routes: the addresses of the API."""
