"""Films: how near to the truth, and how steady, the colours of clips come out by several designs."""
