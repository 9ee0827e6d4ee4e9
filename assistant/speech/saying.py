"""What is said aloud of a reply: its sentences, without marks, and no long list.

All of it stands on the screen. A listener cannot skim, so of a list only the first entries are
read, without what is below them, and then where the rest is.
"""

import re
from collections.abc import Sequence

MOST_ENTRIES = 3
_ENTRY = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_BELOW = re.compile(r"^\s{2,}\S")  # what is told of an entry, on a line of its own
_MARKS = re.compile(r"[*_`#]+")
_ENDS = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。？！])\s*(?=\S)")
_LONGEST = 280  # characters of one piece: a voice is asked for no more at a time


def sentences(messages: Sequence[str], more: str) -> tuple[str, ...]:
    """Return what is read out of `messages`, in pieces; `more` says that the rest is on the screen.

    >>> sentences(["Rest.\\n- a\\n  why\\n- b\\n- c\\n- d"], "More on the screen.")
    ('Rest.', 'a.', 'b.', 'c.', 'More on the screen.')
    """
    said: list[str] = []
    for message in messages:
        entries = 0
        for line in message.splitlines():
            if _ENTRY.match(line):
                entries += 1
                if entries <= MOST_ENTRIES:
                    said += _pieces(_ended(_plain(_ENTRY.sub("", line))))
                elif entries == MOST_ENTRIES + 1:
                    said.append(more)
            elif not (entries and _BELOW.match(line)):
                entries = 0 if line.strip() else entries
                said += _pieces(_ended(_plain(line)))
    return tuple(said)


def _plain(line: str) -> str:
    return _MARKS.sub("", line).replace(" — ", ", ").replace("——", "，").strip()


def _ended(line: str) -> str:
    """Return a line with a full stop where it has no end, so that a voice pauses."""
    if not line or line[-1] in ".!?。？！:：":
        return line
    return line + ("。" if re.search(r"[\u3400-\u9fff]", line) else ".")


def _pieces(line: str) -> list[str]:
    whole = [piece for piece in _ENDS.split(line) if re.search(r"\w", piece)]
    return [piece[at : at + _LONGEST] for piece in whole for at in range(0, len(piece), _LONGEST)]
