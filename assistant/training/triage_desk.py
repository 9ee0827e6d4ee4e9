"""Training of the triage desk: `anamnesis train triage-desk VISITS.jsonl`.

A logistic regression over the features of `assistant/triage/desk.py`, regularised, chosen and
reported by cross-validation: every visit is judged by a model that has not seen it.
"""

from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.assessing import assess, read_request
from assistant.consultation import Assistant
from assistant.errors import InvalidInputError
from assistant.evaluation.gold import GoldCase
from assistant.evaluation.metrics import wilson
from assistant.evaluation.triage_metrics import Care
from assistant.training.manifest import update_manifest
from assistant.triage import believed
from assistant.triage.desk import NAME, features

STRENGTH = 0.05  # of the data against the prior of small weights (scikit-learn's C)
FOLDS, REPEATS = 8, 5
RECALL = 0.95  # emergencies that the threshold must keep, cross-validated
SPENT = 0.28  # share of all visits that may wrongly be called emergencies to keep more of them
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Visits:
    """What was seen of each visit, and what the expert said."""

    names: tuple[str, ...]
    x: Array  # (visits, features)
    emergency: NDArray[np.bool_]
    floored: NDArray[np.bool_]  # an emergency by a rule, whatever the model says


def read_visits(assistant: Assistant, cases: list[GoldCase], most: int) -> Visits:
    """Assess every visit; InvalidInputError where a row has no expert level."""
    rows, truth, floored = [], [], []
    for gold in cases:
        if gold.care is None:
            raise InvalidInputError(f"{gold.id} has no level of urgency.")
        judged = assess(assistant, read_request(gold.request, assistant.knowledge, most)).judgement
        flagged = any(r.kind == "red_flag" and r.level.is_emergency for r in judged.triage.reasons)
        belief = believed(judged.facts, judged.beliefs, assistant.knowledge)
        rows.append(features(judged.case, judged.facts, belief, flagged))
        truth.append(gold.care is Care.EMERGENCY)
        rules = ("red_flag", "vitals", "presentation")
        floored.append(any(r.kind in rules and r.level.is_emergency for r in judged.triage.reasons))
    names = tuple(rows[0])
    x = np.array([[row[name] for name in names] for row in rows])
    return Visits(names, x, np.array(truth), np.array(floored))


def out_of_sample(visits: Visits) -> Array:
    """Return the chance of an emergency for each visit, by models that have not seen it."""
    chances = []
    for seed in range(REPEATS):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        found = cross_val_predict(
            _model(), visits.x, visits.emergency, cv=folds, method="predict_proba"
        )
        chances.append(found[:, 1])
    return np.asarray(np.mean(chances, axis=0))


def threshold_for(chances: Array, visits: Visits) -> float:
    """Return the threshold: `RECALL` of the emergencies at least, and more while it costs little.

    It is the lower one of the highest that, with the rules, keeps `RECALL` of the emergencies, and
    the lowest at which at most `SPENT` of all visits are called emergencies without being one.
    """
    own = np.where(visits.floored, 1.0, chances)
    sick = np.sort(own[visits.emergency])
    keeps = float(sick[int(np.floor((1 - RECALL) * len(sick)))])
    well = np.sort(own[~visits.emergency])[::-1]
    spent = float(well[min(int(SPENT * len(own)), len(well) - 1)])
    return min(keeps, spent)


def train_desk(visits: Visits, models: Path, data: str, knowledge: str) -> Path:
    """Fit on all visits, write weights, card and manifest; return the folder."""
    chances = out_of_sample(visits)
    threshold = threshold_for(chances, visits)
    fitted = _model().fit(visits.x, visits.emergency)
    scaler, regression = fitted[0], fitted[-1]
    folder = models / NAME
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "names": np.frombuffer("\n".join(visits.names).encode(), dtype=np.uint8).copy(),
        "mean": np.asarray(scaler.mean_),
        "scale": np.asarray(scaler.scale_),
        "weights": np.asarray(regression.coef_[0]),
        "intercept_threshold": np.array([float(regression.intercept_[0]), threshold]),
    }
    save_file(arrays, folder / "weights.safetensors")
    (folder / "weights.safetensors").chmod(0o644)
    card = _card(visits, chances, threshold, arrays["weights"], data, knowledge)
    (folder / "README.md").write_text(card, encoding="utf-8")
    update_manifest(models, folder)
    return folder


def _model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))


def _card(
    visits: Visits, chances: Array, threshold: float, weights: Array, data: str, knowledge: str
) -> str:
    called = visits.floored | (chances >= threshold)
    sick, n = visits.emergency, len(visits.emergency)
    lines = sorted(zip(visits.names, weights, strict=True), key=lambda pair: -abs(pair[1]))
    text = Path(__file__).with_name("card_desk.md").read_text(encoding="utf-8")
    return Template(text).substitute(
        n=n,
        emergencies=int(sick.sum()),
        data=data,
        knowledge=knowledge[:12],
        strength=STRENGTH,
        folds=FOLDS,
        repeats=REPEATS,
        threshold=f"{threshold:.3f}",
        recall=_share(int((called & sick).sum()), int(sick.sum())),
        over=_share(int((called & ~sick).sum()), n),
        weights="\n".join(f"| {name} | {weight:+.2f} |" for name, weight in lines),
    )


def _share(k: int, n: int) -> str:
    share = wilson(k, n)
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}] ({k}/{n})"
