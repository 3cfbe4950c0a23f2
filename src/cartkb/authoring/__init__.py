"""Beginning new files for authors."""
