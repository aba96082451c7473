"""The entry point of the `hansa` command."""

from hansa.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
