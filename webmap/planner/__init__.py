"""Pages for planners: coverage and its gaps."""
