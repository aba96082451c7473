"""Contracts to and from the forms that other tools read: JSON Schema, Avro, SQL, dbt, SQLMesh."""
