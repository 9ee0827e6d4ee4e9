"""What several commands share: the settings, the assistant, progress, and reading arguments."""

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import InvalidInputError

if TYPE_CHECKING:
    from assistant.consultation import Assistant
    from assistant.settings import Settings

# As in `assistant.imaging`, which cannot be asked before `--help` is answered: it loads numpy.
IMAGE_TASKS = ("pneumonia", "brain_tumor", "skin_lesion", "breast_ultrasound", "covid_ct")
Subparsers = Any  # argparse._SubParsersAction is generic in a private class


def settings(**changes: object) -> "Settings":
    """Return the settings of this process, with `changes`; say which one is wrong."""
    from pydantic import ValidationError

    from assistant.settings import current

    try:
        chosen = current()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidInputError(f"A setting is wrong: {wrong}. See docs/settings.md.") from None
    return chosen.model_copy(update=changes) if changes else chosen


def assistant(chosen: "Settings") -> "Assistant":
    """Build the assistant, telling on stderr what is being prepared."""
    from assistant.assembly import build_assistant

    with Status() as status:
        return build_assistant(chosen, lambda part: status.show(f"preparing {part} …"))


class Status:
    """One line on stderr that is overwritten; silent where stderr is not a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> "Status":
        return self

    def __exit__(self, *_: object) -> None:
        self.show("")

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._shown:
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)


def counter(what: str, total: int) -> tuple[Status, Callable[[int], None]]:
    """Return a status and a function that shows "what 3/10" on it."""
    status = Status()
    return status, lambda done: status.show(f"{what} {done}/{total}")


def read_text(path: Path) -> str:
    """Return a text file's contents (UTF-8); InvalidInputError says why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is not UTF-8 text.") from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None


def at_least_one(text: str) -> int:
    """Read a whole number that is 1 or more, as an argument's type."""
    with suppress(ValueError):
        if (number := int(text)) >= 1:
            return number
    raise argparse.ArgumentTypeError("must be a whole number, 1 or more")


def add_limit(command: argparse.ArgumentParser) -> None:
    """Add the options that take a part of a file."""
    command.add_argument("--limit", type=at_least_one, help="only so many rows, drawn by --seed")
    command.add_argument("--seed", type=int, default=0, help="which rows --limit draws (default 0)")
