"""The map: tiles, style and the overview picture."""
