"""Lite0 as it is served: the folded network on onnxruntime, which takes about half of the time.

It computes what the folded network in torch does, beyond rounding (`tests/imaging/test_served.py`);
the graph is built in memory, so there is no second file of weights.
"""

import threading

import torch
from onnxruntime import InferenceSession, SessionOptions
from torch import Tensor

from assistant.imaging.folding import Network, folded
from assistant.imaging.graph import BLOCKS, INNER, LAST, PICTURES, lite0_graph
from assistant.imaging.lite0 import Lite0


class Served:
    """A network whose maps are asked for; `threads` CPU threads work on one call."""

    def __init__(self, network: Network, threads: int) -> None:
        """`network` as it was trained; it is folded here. Tiny ones stay in torch."""
        self.folded, self._threads = folded(network), threads
        self._sessions: dict[tuple[str, ...], InferenceSession] = {}
        self._building = threading.Lock()

    def maps(self, x: Tensor) -> Tensor:
        """Return the last maps, shape (batch, features, high, wide)."""
        if not isinstance(self.folded, Lite0):
            return self.folded.maps(x)
        return self._run(x, (LAST,))[0]

    def inner(self, x: Tensor) -> Tensor:
        """Return the maps of Lite0's block `MIDDLE`, shape (batch, 112, high, wide)."""
        return self._run(x, (INNER,))[0]

    def levels(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the maps of Lite0's blocks `EARLY` and `MIDDLE`, and the last ones."""
        *found, last = self._run(x, (*BLOCKS.values(), LAST))
        return found, last

    def _run(self, x: Tensor, outputs: tuple[str, ...]) -> list[Tensor]:
        given = {PICTURES: x.contiguous().numpy()}
        return [torch.from_numpy(found) for found in self._session(outputs).run(outputs, given)]

    def _session(self, outputs: tuple[str, ...]) -> InferenceSession:
        """Return the session for these outputs, made when it is first asked for."""
        with self._building:
            if outputs not in self._sessions:
                if not isinstance(self.folded, Lite0):
                    raise TypeError("only Lite0 has maps inside")
                options = SessionOptions()
                options.intra_op_num_threads = self._threads
                # A thread that waits in a loop takes the core from whoever else would use it.
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")
                self._sessions[outputs] = InferenceSession(
                    lite0_graph(self.folded, outputs), options,
                    providers=["CPUExecutionProvider"],
                )  # fmt: skip
            return self._sessions[outputs]
