"""From files to files: one picture, or many."""
