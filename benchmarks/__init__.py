"""Measurements side by side with other programs; `make bench` runs them into docs/benchmarks.md."""
