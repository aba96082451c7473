"""One verb a module; returns data and never prints."""
