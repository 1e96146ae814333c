"""From a batch or a film to commands for the machines of a farm."""
