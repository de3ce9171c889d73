"""The public pages as a folder of files."""
