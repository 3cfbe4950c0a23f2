"""Checking a knowledge base: every complaint, where it stands, and what it means."""
