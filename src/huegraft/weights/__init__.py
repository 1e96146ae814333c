"""Files of network weights: where they are published, and how they are fetched, checked and read."""
