"""A process that publishes; started, and sometimes killed, by the tests of concurrency."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.registry.builders import bundle

from hansa.errors import HansaError
from hansa.registry import blobs, database, service  # noqa: F401  (imported before the start)
from hansa.registry.embedded import EmbeddedRegistry


def publish_one(target: EmbeddedRegistry, number: str) -> None:
    """Publishes the same version as all others, with content of its own."""
    try:
        release = target.publish(bundle("flights@1.0.0", files={"who": number.encode()}))
    except HansaError as error:
        say(error.slug)
    else:
        say(f"published {release.digest}")


def publish_many(target: EmbeddedRegistry) -> None:
    """Publishes one version after the other until it is killed."""
    known = {release.name.version.minor for release in target.releases("flights")}
    for minor in range(max(known, default=-1) + 1, 1_000_000):
        say(f"published {target.publish(bundle(f'flights@1.{minor}.0')).name}")


def say(text: str) -> None:
    # One write, so that a kill cannot cut the line.
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    directory, task, signal = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    target = EmbeddedRegistry(directory, actor="test", clock=lambda: datetime.now(UTC), create=True)
    say("ready")
    while not signal.exists():
        time.sleep(0.001)
    if task == "many":
        publish_many(target)
    else:
        publish_one(target, task)


if __name__ == "__main__":
    main()
