"""Reports from the doors of stations: what was reported and what follows from it."""
