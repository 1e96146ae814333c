"""Film: streams, shots, tracks of colour, and rendering. It needs the extra `film`."""
