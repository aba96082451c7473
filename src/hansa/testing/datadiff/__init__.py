"""The data of two versions of a table, compared value by value inside the engine."""
