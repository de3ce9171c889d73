"""Posters, pictures to save and QR codes."""
