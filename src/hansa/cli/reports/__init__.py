"""What tests covered and how they ended, as files for browsers and continuous integration."""
