"""Unit tests of SQL models, and stand-ins computed on fixtures."""
