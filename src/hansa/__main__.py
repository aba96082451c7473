"""The entry point of the `hansa` command."""

from __future__ import annotations

import gc
import os
import sys

# Analysis makes many trees of small objects, most of which live until it ends: looking through
# all of them as often as the default does takes a fifth of its time.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def main() -> None:
    """Run the command line; an interrupt ends it quietly at any moment."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        # inside, because a person may interrupt while modules are still being imported
        from hansa.cli.quick import answer

        code = answer(sys.argv[1:], os.environ)
        if code is not None:
            sys.exit(code)
        from hansa.cli.app import main as run_command

        run_command()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
