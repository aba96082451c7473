"""Proposes unit tests that show outcomes which no test shows yet."""
