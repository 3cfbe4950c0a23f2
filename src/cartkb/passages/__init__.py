"""The article as passages: keys, digests, and copies of it that verify."""
