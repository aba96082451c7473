"""Seconds of one full SQLMesh `Context` load, without its imports; needs an environment with it.

python sqlmesh_load.py PROJECT
"""

from __future__ import annotations

import sys
import time

from sqlmesh import Context

started = time.perf_counter()
context = Context(paths=[sys.argv[1]])
seconds = time.perf_counter() - started
print(seconds, len(context.models), flush=True)
