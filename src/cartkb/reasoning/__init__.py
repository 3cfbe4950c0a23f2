"""Reasoning over patients: rules, answers, proofs, and what would settle an answer."""
