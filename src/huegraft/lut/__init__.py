"""3-D lookup tables: the one map of colours that best reproduces a transfer."""
