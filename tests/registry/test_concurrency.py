"""Real processes on one registry: racing each other, and killed in the middle."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.registry.builders import bundle, registry

from hansa.core.release import ReleaseName
from hansa.registry.bundle import digest
from hansa.registry.embedded import EmbeddedRegistry

ROOT = Path(__file__).parents[2]
WAIT = 60


def start(directory: Path, task: str, signal: Path) -> subprocess.Popen[str]:
    """A publisher that has imported everything and waits for the signal file."""
    return subprocess.Popen(
        [sys.executable, "-B", "-m", "tests.registry.publisher", directory, task, signal],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]},
    )


def await_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == "ready\n", process.communicate(timeout=WAIT)


def finish(process: subprocess.Popen[str]) -> list[str]:
    output, errors = process.communicate(timeout=WAIT)
    assert errors == ""
    return output.splitlines()


@pytest.mark.parametrize(("count", "existing"), [(8, False), (3, True)])
def test_one_of_many_publishes_a_version(tmp_path: Path, count: int, existing: bool) -> None:
    """All at once; without a registry they race to create it as well."""
    place, signal = tmp_path / "registry", tmp_path / "go"
    if existing:
        registry(place).publish(bundle("weather@1.0.0"))
    processes = [start(place, str(number), signal) for number in range(count)]
    for process in processes:
        await_ready(process)
    signal.touch()
    outcomes = Counter(line for process in processes for line in finish(process))

    refused = outcomes.pop("version-already-published")
    assert refused == count - 1
    ((winner, wins),) = outcomes.items()
    assert wins == 1
    target = registry(place)
    (release,) = target.releases("flights")
    assert winner == f"published {release.digest}"
    assert digest(target.fetch(release.name)) == release.digest


def test_many_publish_different_products(tmp_path: Path) -> None:
    """Writers wait for each other; nobody's release is lost."""
    place = tmp_path / "registry"
    targets = [registry(place, create=True) for _ in range(4)]

    def publish(number: int) -> None:
        for minor in range(5):
            targets[number].publish(bundle(f"p{number}@1.{minor}.0"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(publish, range(4)))
    found = {product: len(targets[0].releases(product)) for product in targets[0].products()}
    assert found == {"p0": 5, "p1": 5, "p2": 5, "p3": 5}


def test_a_killed_publish_leaves_a_usable_registry(tmp_path: Path) -> None:
    """The first kills hit the creation of the registry, the later ones publishing."""
    place = tmp_path / "registry"
    chance = random.Random(7)
    told: list[str] = []
    for attempt in range(6):
        signal = tmp_path / f"go{attempt}"
        process = start(place, "many", signal)
        await_ready(process)
        signal.touch()
        if attempt < 3:
            # creating takes about half a second
            time.sleep(chance.uniform(0.0, 0.6))
        else:
            # a release takes some milliseconds: kill while one of the next is under way
            assert process.stdout is not None
            told += [process.stdout.readline().rstrip("\n") for _ in range(4)]
            time.sleep(chance.uniform(0.0, 0.02))
        process.kill()
        output, _ = process.communicate(timeout=WAIT)
        told += output.splitlines()
        check_whole(registry(place, create=True), told)
    assert len(told) >= 12


def check_whole(target: EmbeddedRegistry, told: list[str]) -> None:
    """Everything that was reported is there, and everything that is there can be read."""
    names = [release.name for release in target.releases("flights")]
    assert set(told) <= {f"published {name}" for name in names}
    assert [name.version.minor for name in names] == list(range(len(names)))
    for name in names:
        assert target.fetch(name) == bundle(str(name))
    extra = ReleaseName.parse(f"flights@1.{len(names)}.0")
    assert target.publish(bundle(str(extra))).name == extra
