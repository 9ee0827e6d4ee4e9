"""How a network is run: on so many threads, without gradients, one at a time.

The cores are shared: two pictures side by side on all of them take longer than one after the other.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def running(threads: int) -> Iterator[None]:
    """Run what is inside on `threads` CPU threads, after whatever runs already."""
    with _ONE_AT_A_TIME, torch.inference_mode():
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
