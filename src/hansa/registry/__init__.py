"""Where releases are published and found."""
