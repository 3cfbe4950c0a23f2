"""The knowledge base while its author works on it: what is wrong, and every page as it is now."""
