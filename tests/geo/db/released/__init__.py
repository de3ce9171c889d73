"""Stores as released versions left them: one dump a version, to try the migrations on, and what makes it."""

from pathlib import Path

FOLDER = Path(__file__).parent
