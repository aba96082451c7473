"""Hansa: versioned data products for SQL models."""

__version__ = "0.1.0"
