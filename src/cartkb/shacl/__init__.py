"""Shapes: our evaluation of them, and the referee of it."""
