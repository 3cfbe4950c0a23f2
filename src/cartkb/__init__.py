"""cartkb: a declarative guideline knowledge base on allo-HSCT after anti-CD19 CAR T-cell therapy."""

__version__ = "0.1.0"
