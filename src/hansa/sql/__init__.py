"""SQL: parsing, references, inference, lineage, compilation; alone in importing sqlglot."""
