"""One process of a team that deploys and runs its product again and again.

Called as `python -m tests.deploy.teams URL DIRECTORY PRODUCT READS SEED`: writes a line for each
command that ended, and stops only when it is killed.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from tests.deploy.products import pin, release, table

from hansa.core.contract import ContractColumn
from hansa.core.product import SourceTable
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.errors import RequirementNotLive
from hansa.deploy.run import run
from hansa.deploy.state_store import StateStore
from hansa.engines.errors import TargetBusy
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target

ROWS = 400
PATIENCE = 60.0


def write_rows(directory: Path) -> None:
    lines = [f"{number},{number % 7}" for number in range(ROWS)]
    (directory / "x.csv").write_text("\n".join(["id,v", *lines]) + "\n")


def producer(product: str, version: int, base: Path) -> Candidate:
    """A table and its sum: whoever sees both sees the same version in them."""
    return release(
        f"{product}@1.{version}.0",
        [table("t", "id", ContractColumn("n", required=True)), table("total", "n", "counted")],
        {
            "t": f"SELECT id, v, {version} AS n FROM raw.x",
            "total": "SELECT max(n) AS n, count(*) AS counted FROM t",
        },
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=base,
    )


def consumer(product: str, version: int, required: Candidate) -> Candidate:
    """Reads a producer's interface, which keeps that release live."""
    group = required.product.name
    return release(
        f"{product}@1.{version}.0",
        [table("seen", "n", "counted")],
        {"seen": f"SELECT max(n) AS n, count(*) AS counted FROM {group}.t"},
        locked=pin(required),
    )


def newest(engine: Engine, product: str) -> int | None:
    """The middle number of the newest live release; None when none is live."""
    live = StateStore(engine).load().of(product)
    return max((found.name.version.minor for found in live), default=None)


def work(url: str, base: Path, product: str, reads: str, seed: int) -> None:
    """Commands of one team, for ever; `reads` is the product that a consumer requires."""
    chance = random.Random(seed)
    while True:
        engine = open_target(url, base, {}, patience=PATIENCE)
        try:
            said = _command(engine, base, (product, reads), chance)
        except (TargetBusy, RequirementNotLive) as refusal:
            said = refusal.slug
        finally:
            engine.close()
        sys.stdout.write(f"{product} {said}\n")
        sys.stdout.flush()


def _command(engine: Engine, base: Path, names: tuple[str, str], chance: random.Random) -> str:
    product, reads = names
    version = newest(engine, product)
    if version is not None and chance.random() < 0.4:
        assert run(engine, product).passed
        return "run"
    number = (version or 0) + 1
    if reads:
        pinned = newest(engine, reads)
        assert pinned is not None
        candidate = consumer(product, number, producer(reads, pinned, base))
    else:
        candidate = producer(product, number, base)
    report = deploy(engine, candidate, DeployOptions(replace=True))
    assert report.passed, report.findings
    return "deploy"


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
