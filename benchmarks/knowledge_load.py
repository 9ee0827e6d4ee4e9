"""How long the knowledge takes to compile, and how long to load once it is compiled.

    python benchmarks/knowledge_load.py

Timed: reading and checking every YAML file (compile), then reading the compiled bundle and building
the `Knowledge` from it (load; the median of ten). Target: a load under 300 ms on 2 cores.
Prints one line of JSON.
"""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assistant.knowledge import Knowledge
from assistant.paths import shipped

TARGET_MS = 300
REPEATS = 10


def milliseconds(step: Callable[[], object]) -> float:
    """Return how long `step` takes."""
    start = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Measure and print."""
    folder = shipped("knowledge")
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        compiled = milliseconds(lambda: Knowledge.load(folder, cache))
        loads = [milliseconds(lambda: Knowledge.load(folder, cache)) for _ in range(REPEATS)]
        bundle = next(cache.glob("knowledge-*.json"))
        size = bundle.stat().st_size
        knowledge = Knowledge.load(folder, cache)
    first_use = milliseconds(lambda: knowledge.likelihood)
    print(
        json.dumps(
            {
                "benchmark": "knowledge_load",
                "compile_ms": round(compiled),
                "load_ms_median": round(statistics.median(loads)),
                "load_ms_worst": round(max(loads)),
                "target_ms": TARGET_MS,
                "likelihood_ms": round(first_use),
                "compiled_bytes": size,
                "yaml_bytes": sum(f.stat().st_size for f in folder.rglob("*.yaml")),
                "conditions": len(knowledge.conditions),
                "findings": len(knowledge.findings),
                "red_flags": len(knowledge.red_flags),
                "knowledge": knowledge.bundle.digest[:12],
                "python": platform.python_version(),
                "cores": os.cpu_count(),
            }
        )
    )


if __name__ == "__main__":
    main()
