"""Releases and signatures: what has changed, who stands for it, and the dump."""
