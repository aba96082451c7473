"""The entry point of the `hansa` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; an interrupt ends it quietly at any moment."""
    try:
        # inside, because a person may interrupt while modules are still being imported
        from hansa.cli.app import main as run_command

        run_command()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
