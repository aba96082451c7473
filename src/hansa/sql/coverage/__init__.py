"""Branch coverage of SQL: a model's obligations, and the probes that measure them."""

from __future__ import annotations

from hansa.sql.coverage.instrument import instrument
from hansa.sql.coverage.obligations import Instrumented, Obligation, Probe

__all__ = ["Instrumented", "Obligation", "Probe", "instrument"]
