"""The command line: `anamnesis serve`, `consult`, `assess`, `evaluate` and the rest.

A wrong argument or a bad input gets one line that says what to do, and exit status 2. Nothing heavy
is imported before a command runs, so that `anamnesis --help` answers at once.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from assistant import __version__, commands
from assistant.errors import AssistantError

OK, UNSOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 where a check found problems, 2 for a bad input."""
    args = parser().parse_args(arguments)
    try:
        _log_as_set()
        status: int = args.run(args)
        sys.stdout.flush()
    except AssistantError as error:
        print(f"anamnesis: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of our output, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="anamnesis",
        description="A conversational diagnostic assistant. It supports decisions and does not"
        " replace a clinician.",
        epilog="Settings are read from the environment (ANAMNESIS_…) and .env; docs/settings.md"
        " lists them.",
    )
    top.add_argument("--version", action="version", version=f"anamnesis {__version__}")
    chosen = top.add_subparsers(dest="command", metavar="command", required=True)
    for command in commands.ALL:
        command.add(chosen)
    return top


def _log_as_set() -> None:
    """Log ours at the level of the settings; libraries speak up only when something is wrong."""
    from assistant.commands.common import settings

    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    level = settings().log_level.upper()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for ours in ("anamnesis", "assistant"):
        logging.getLogger(ours).setLevel(level)


if __name__ == "__main__":
    raise SystemExit(main())
