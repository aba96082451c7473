"""dbt projects as products: what their artifacts say, as the values of `core`."""
