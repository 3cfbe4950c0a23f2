"""What changed between two versions of a knowledge base, and what it does to patients."""
