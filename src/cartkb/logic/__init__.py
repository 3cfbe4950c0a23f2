"""The vocabulary as OWL: whether it is consistent, and as files for ontology editors."""
