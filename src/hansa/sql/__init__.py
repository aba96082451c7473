"""SQL: parsing, references, inference, lineage, compilation; the only package that imports sqlglot."""
