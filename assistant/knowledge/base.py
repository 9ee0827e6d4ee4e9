"""The Knowledge that the rooms work with: entries, hierarchy, and the numbers as arrays."""

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.loading import load_bundle
from assistant.knowledge.schema import (
    Bundle,
    ConditionEntry,
    ConfirmEntry,
    CountryEntry,
    FindingEntry,
    GroupEntry,
    ImagingTask,
    PresentationEntry,
    RedFlagEntry,
)

Array = NDArray[np.float64]

FLOOR, CEILING = 0.0005, 0.995  # no finding is ever impossible, nor certain
# Estimate: the share of the background that a condition has of a finding it does not name. The
# background holds those whose illness brings it; by chance alone it is there far more seldom.
UNLISTED = 0.10
# Estimate: what is frequent in anybody (tiredness, headache) is less tied to what brings it.
UNLISTED_PER_BACKGROUND, UNLISTED_MOST = 3.0, 0.6


class Knowledge:
    """All of `knowledge/`, with what follows from it; built once, then only read."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.findings: dict[str, FindingEntry] = bundle.findings
        self.conditions: dict[str, ConditionEntry] = bundle.conditions
        self.red_flags: dict[str, RedFlagEntry] = bundle.red_flags
        self.groups: dict[str, GroupEntry] = bundle.groups
        self.presentations: dict[str, PresentationEntry] = bundle.presentations
        self.imaging: dict[str, ImagingTask] = bundle.imaging
        asked = (task.confirm for task in bundle.imaging.values() if task.confirm is not None)
        self.confirms: dict[str, ConfirmEntry] = {entry.finding: entry for entry in asked}
        self.barred: dict[object, frozenset[str]] = {}  # by age and sex; filled by facts.py
        self.condition_ids: list[str] = sorted(bundle.conditions)
        self.condition_index = {c: i for i, c in enumerate(self.condition_ids)}
        self.finding_ids: list[str] = self._parents_first()
        self.finding_index = {f: i for i, f in enumerate(self.finding_ids)}

    @classmethod
    def load(cls, folder: Path, cache: Path | None = None) -> "Knowledge":
        """Load `folder`, compiled into `cache` the first time."""
        return cls(load_bundle(folder, cache))

    def country(self, code: str) -> CountryEntry:
        """Return whom to call in a country; "XX" where it is not in the table."""
        return self.bundle.countries.get(code, self.bundle.countries["XX"])

    def source_titles(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return "Title (publisher, year)" for each source."""
        found = [self.bundle.sources[i] for i in ids if i in self.bundle.sources]
        return tuple(f"{s.title} ({s.publisher}, {s.year})" for s in found)

    def parent(self, finding: str) -> str | None:
        """Return the finding that this one is a special form of."""
        entry = self.findings.get(finding)
        return entry.implies[0] if entry and entry.implies else None

    def ancestors(self, finding: str) -> frozenset[str]:
        """Return everything that follows from this finding being there."""
        return self._ancestors.get(finding, frozenset())

    def descendants(self, finding: str) -> frozenset[str]:
        """Return everything that is ruled out when this finding is not there."""
        return self._descendants.get(finding, frozenset())

    def _parents_first(self) -> list[str]:
        ordered: list[str] = []
        placed: set[str] = set()

        def place(finding: str, path: tuple[str, ...] = ()) -> None:
            if finding in placed or finding in path or finding not in self.findings:
                return
            for above in self.findings[finding].implies:
                place(above, (*path, finding))
            placed.add(finding)
            ordered.append(finding)

        for finding in sorted(self.findings):
            place(finding)
        return ordered

    @cached_property
    def _ancestors(self) -> dict[str, frozenset[str]]:
        above: dict[str, frozenset[str]] = {}
        for finding in self.finding_ids:
            direct = [f for f in self.findings[finding].implies if f in self.findings]
            above[finding] = frozenset(direct).union(*(above.get(f, ()) for f in direct))
        return above

    @cached_property
    def _descendants(self) -> dict[str, frozenset[str]]:
        below: dict[str, set[str]] = {}
        for finding, all_above in self._ancestors.items():
            for above in all_above:
                below.setdefault(above, set()).add(finding)
        return {finding: frozenset(members) for finding, members in below.items()}

    @cached_property
    def parent_index(self) -> NDArray[np.int64]:
        """Index of each finding's parent in `finding_ids`, -1 for none."""
        parents = [self.parent(f) for f in self.finding_ids]
        return np.array([self.finding_index.get(p, -1) if p else -1 for p in parents])

    @cached_property
    def background(self) -> Array:
        """P(finding) in anybody seeking help, shape (findings,); a child never above its parent."""
        values = np.array([self.findings[f].background for f in self.finding_ids])
        for i, above in enumerate(self.parent_index):
            if above >= 0:
                values[i] = min(values[i], values[above])
        return values

    @cached_property
    def likelihood(self) -> Array:
        """P(finding | condition), shape (conditions, findings), made consistent with `implies`.

        What a condition does not name has a share of the background (`UNLISTED`); under a named
        parent, a child has its usual share of that parent. Risks come from odds ratios.
        """
        background, parents = self.background, self.parent_index
        table = np.stack([self._named_by(self.conditions[c]) for c in self.condition_ids])
        share = np.minimum(UNLISTED + UNLISTED_PER_BACKGROUND * background, UNLISTED_MOST)
        usual = np.where(self._is_background, 1.0, share) * background
        for i, above in enumerate(parents):  # parents come before their children
            open_rows = np.isnan(table[:, i])
            fallback = (
                usual[i] if above < 0 else table[:, above] * background[i] / background[above]
            )
            table[:, i] = np.where(open_rows, fallback, table[:, i])
        return np.clip(table, FLOOR, CEILING)

    @cached_property
    def log_odds(self) -> Array:
        """ln(p / (1 - p)) of `likelihood`, shape (conditions, findings)."""
        return np.asarray(np.log(self.likelihood) - np.log1p(-self.likelihood))

    @cached_property
    def _is_background(self) -> NDArray[np.bool_]:
        return np.array([self.findings[f].is_background for f in self.finding_ids])

    def _named_by(self, entry: ConditionEntry) -> Array:
        """P for what a condition names, and at least that for what it implies; NaN elsewhere."""
        row = np.full(len(self.finding_ids), np.nan)
        for finding, p in entry.findings.items():
            if finding in self.finding_index:
                row[self.finding_index[finding]] = p
        for finding, odds in entry.risks.items():
            if finding in self.finding_index:
                base = self.background[self.finding_index[finding]]
                row[self.finding_index[finding]] = odds * base / (1 - base + odds * base)
        for finding in (*entry.findings, *entry.risks):
            for above in self.ancestors(finding):
                i, p = self.finding_index[above], row[self.finding_index[finding]]
                if np.isnan(row[i]) or row[i] < p:
                    with_others = 1 - (1 - p) * (1 - self.background[i] * UNLISTED)
                    row[i] = with_others if np.isnan(row[i]) else max(row[i], with_others)
        return row

    @cached_property
    def incidence(self) -> Array:
        """New episodes per 100 000 a year, shape (2 sexes: female, male; conditions; 8 bands)."""
        entries = [self.conditions[c].incidence for c in self.condition_ids]
        return np.array([[e.female for e in entries], [e.male for e in entries]], dtype=float)

    @cached_property
    def listed(self) -> NDArray[np.bool_]:
        """Whether a condition names a finding, shape (conditions, findings)."""
        table = np.zeros((len(self.condition_ids), len(self.finding_ids)), dtype=bool)
        for row, condition in enumerate(self.condition_ids):
            entry = self.conditions[condition]
            for finding in (*entry.findings, *entry.risks):
                if finding in self.finding_index:
                    table[row, self.finding_index[finding]] = True
        return table
