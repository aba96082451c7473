"""Products on disk: loading with positions, edits that keep comments, scaffolds."""
