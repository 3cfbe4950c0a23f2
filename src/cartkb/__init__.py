"""cartkb: a declarative guideline knowledge base that people can read, query, compute with and check."""

__version__ = "0.2.0"
