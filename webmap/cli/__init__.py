"""The command ``fuchun``: a module for each group of commands."""

from webmap.cli.commands import main

__all__ = ["main"]
