"""Adds what owners state about the tests of a release, in percent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for name in ("coverage", "asserted", "mutation"):
        op.add_column("releases", sa.Column(name, sa.Float))
