"""Databases, one module an engine, behind one protocol."""
