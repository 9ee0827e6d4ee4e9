"""From scores to probabilities that mean what they say, and how far they do.

Temperature scaling: Guo et al., "On calibration of modern neural networks" (2017). The shift of
each label corrects for classes that were balanced in training, or are more frequent elsewhere.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores are divided by `temperature`, then `shift` is added, then softmax."""

    temperature: float = 1.0
    shift: tuple[float, ...] = ()

    def probabilities(self, scores: NDArray[np.floating]) -> Numbers:
        """Return probabilities over the labels, shape as of `scores`: (…, labels)."""
        moved = np.asarray(scores, dtype=np.float64) / self.temperature
        if self.shift:
            moved = moved + np.asarray(self.shift)
        moved -= moved.max(axis=-1, keepdims=True)
        raised = np.exp(moved)
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def fit(
    scores: NDArray[np.floating], labels: NDArray[np.integer], *, shifts: bool = False
) -> Calibration:
    """Return the calibration with the least cross-entropy on held-out pictures.

    `scores` has shape (n, labels), `labels` the right columns, shape (n,). With `shifts` each label
    is moved as well (towards no shift, lightly: 0.01 times its square), for which n should be in
    the hundreds. The temperature stays between 0.05 and 20.
    """
    if len(scores) == 0:
        raise ValueError("calibration needs at least one picture")
    given = torch.as_tensor(np.asarray(scores, dtype=np.float64))
    right = torch.as_tensor(np.asarray(labels, dtype=np.int64))
    log_t = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    moved = torch.zeros(given.shape[1], dtype=torch.float64, requires_grad=shifts)
    learned = [log_t, moved] if shifts else [log_t]
    search = torch.optim.LBFGS(learned, max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        centred = moved - moved.mean()
        value = functional.cross_entropy(given / log_t.exp() + centred, right)
        value = value + 0.01 * centred.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    temperature = float(np.clip(np.exp(log_t.item()), 0.05, 20.0))
    centred = (moved - moved.mean()).detach().numpy()
    return Calibration(temperature, tuple(float(v) for v in centred) if shifts else ())


def expected_calibration_error(
    probabilities: Numbers, right: NDArray[np.bool_], bins: int = 15
) -> float:
    """Return the mean gap between how sure and how often right, weighted by bin (Guo et al.).

    `probabilities` are those of what was said, shape (n,), `right` whether it was so.

    >>> expected_calibration_error(np.array([0.8] * 5), np.array([True] * 4 + [False]))
    0.0
    """
    if len(probabilities) == 0:
        raise ValueError("calibration error needs at least one picture")
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = 0.0
    for place in np.unique(places):
        inside = places == place
        gap = abs(float(probabilities[inside].mean()) - float(right[inside].mean()))
        gaps += gap * float(inside.mean())
    return round(gaps, 12)


def brier(probabilities: Numbers, labels: NDArray[np.integer]) -> float:
    """Return the mean squared distance from the truth, 0 to 2 (Brier, 1950).

    `probabilities` has shape (n, labels), `labels` the right columns, shape (n,).

    >>> brier(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 1]))
    0.25
    """
    if len(probabilities) == 0:
        raise ValueError("the Brier score needs at least one picture")
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())
