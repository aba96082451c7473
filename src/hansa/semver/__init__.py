"""What a change of the public interface requires of the version number, by rules as data."""
