"""What a question about a finding is worth: information, and safety.

Information is the expected fall of the entropy of the belief (mutual information, nats). Safety is
the same for the two-way split "dangerous or not", and how near a red flag would come to firing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gains:
    """For each candidate, shape (candidates,): the gains in nats and the chance of a yes."""

    information: Array
    danger: Array
    p_yes: Array


def gains(belief: Array, likelihood: Array, dangerous: NDArray[np.bool_]) -> Gains:
    """Return the gain of asking each candidate.

    `belief` has shape (conditions,) and sums to 1; `likelihood` is P(yes | condition), shape
    (conditions, candidates); `dangerous` marks the conditions that must not be missed.
    """
    yes = belief @ likelihood
    information = _mutual_information(belief[:, None], likelihood, yes)
    mass = np.array([belief[dangerous].sum(), belief[~dangerous].sum()])
    by_danger = np.stack(
        [
            belief[dangerous] @ likelihood[dangerous] / max(mass[0], 1e-9),
            belief[~dangerous] @ likelihood[~dangerous] / max(mass[1], 1e-9),
        ]
    )
    return Gains(information, _mutual_information(mass[:, None], by_danger, yes), yes)


def _mutual_information(weights: Array, p: Array, average: Array) -> Array:
    """I(group; answer) = H(answer) - sum over groups of weight times H(answer | group)."""
    return np.asarray(_binary_entropy(average) - (weights * _binary_entropy(p)).sum(axis=0))


def _binary_entropy(p: Array) -> Array:
    q = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(-(q * np.log(q) + (1 - q) * np.log(1 - q)))
