"""Which releases a product gets: resolution and its explanations."""
