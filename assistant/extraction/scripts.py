"""Traditional characters as simplified ones and back, one for one, so that offsets stay.

The characters are those of OpenCC (Apache-2.0), which also knows those that are simplified by
phrase; here each character stands for itself.
"""

import re
from functools import cache

from opencc import OpenCC

_HAN = re.compile(r"[㐀-䶿一-鿿]")


def simplified(text: str) -> str:
    """Return `text` in simplified characters, of the same length.

    >>> simplified("頭痛，發燒"), simplified("headache")
    ('头痛，发烧', 'headache')
    """
    return _HAN.sub(lambda found: _one(found[0], "t2s"), text)


def traditional(text: str) -> str:
    """Return `text` in traditional characters, of the same length.

    >>> traditional("头痛，发烧")
    '頭痛，發燒'
    """
    return _HAN.sub(lambda found: _one(found[0], "s2t"), text)


@cache
def _one(character: str, direction: str) -> str:
    """Return the other form of a character, or itself where it has none of one character."""
    other = str(_converter(direction).convert(character))
    return other if len(other) == 1 else character


@cache
def _converter(direction: str) -> OpenCC:
    return OpenCC(direction)
