"""Proving the whole decision space with z3, from the same Turtle and independently of the SPARQL rules."""
