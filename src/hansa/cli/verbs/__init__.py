"""One verb a module: its options, its text and its JSON."""
