"""Processes that start in milliseconds: they are forked from one that has everything loaded and has done it once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any


@cache
def context() -> Any:
    """Return what starts them; there is one such process for all tests of a run."""
    # It looks for modules where this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *(path for path in sys.path if path)])
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["warmed"])
    return found
