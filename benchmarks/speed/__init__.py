"""How fast huegraft is and how much memory it takes; ``python -m benchmarks.speed`` from the repository's root."""
