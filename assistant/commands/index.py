"""`anamnesis index build`: make what is otherwise made at the first start."""

import argparse
import time

from assistant.commands.common import Subparsers, assistant, settings

_KEPT = ("passages-*.safetensors", "descriptions-*.safetensors", "knowledge-*.json")


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("index", help="build the index of the passages")
    what = command.add_subparsers(dest="what", metavar="what", required=True)
    build = what.add_parser("build", help="build what is not built yet; a second call is quick")
    build.add_argument("--again", action="store_true", help="throw away what is kept, build anew")
    build.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build the compiled knowledge and the vectors, and list what is kept."""
    chosen = settings()
    if args.again:
        for pattern in _KEPT:
            for file in chosen.data_dir.glob(pattern):
                file.unlink()
    started = time.perf_counter()
    assistant(chosen)
    print(f"ready after {time.perf_counter() - started:.1f} s, kept in {chosen.data_dir}:")
    for pattern in _KEPT:
        for file in sorted(chosen.data_dir.glob(pattern)):
            print(f"  {file.name}  {file.stat().st_size / 1e6:.1f} MB")
    return 0
