"""Pages for members: benefits and activities."""
