"""How the registry's schema came to be, step by step; applied when a registry is opened."""
