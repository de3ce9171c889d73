"""Pages for organisers of recuperation tours."""
