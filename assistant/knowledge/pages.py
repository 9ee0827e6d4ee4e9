"""A page per condition, in both languages, that a clinician can review without reading YAML."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_danger import flags_for
from assistant.knowledge.checking_numbers import nats_apart
from assistant.knowledge.schema import AGE_BANDS, ConditionEntry, Words

ALIKE, TELLING = 5, 3  # look-alikes on a page, and findings named for each


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of findings."""

    id: str
    name: Words
    p: float
    background: float
    weighs: str
    source: str


@dataclass(frozen=True, slots=True)
class Apart:
    """How far another condition is."""

    id: str
    nats: float


class Pages:
    """Renders the pages of one Knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def page(self, condition: str) -> str:
        """Return the page of a condition as Markdown."""
        entry, knowledge = self.knowledge.conditions[condition], self.knowledge
        return self._template.render(
            id=condition,
            entry=entry,
            rows=[self._row(f, entry) for f in sorted(entry.findings, key=_by_p(entry))],
            flags=[knowledge.red_flags[f].name.en for f in flags_for(condition, knowledge)],
            bands=_band_names(),
            alike=list(self._alike(condition)),
            sources=knowledge.source_titles(entry.sources),
            name=lambda f: f"{knowledge.findings[f].name.en} · {knowledge.findings[f].name.zh}",
            finding_name=lambda f: knowledge.findings[f].name,
            source=lambda f: self._source(f, entry),
        )

    def index(self) -> str:
        """Return the page that lists every condition by body system."""
        lines = ["# Conditions · 疾病", ""]
        lines += [f"{len(self.knowledge.conditions)} conditions. Made from `knowledge/` by", ""]
        lines += ["    anamnesis knowledge pages", ""]
        by_system: dict[str, list[str]] = {}
        for condition, entry in self.knowledge.conditions.items():
            by_system.setdefault(entry.system, []).append(condition)
        for system, members in sorted(by_system.items()):
            lines += [f"## {system.replace('_', ' ')} ({len(members)})", ""]
            for condition in sorted(members):
                name = self.knowledge.conditions[condition].name
                lines.append(f"- [{name.en} · {name.zh}]({system}/{condition}.md)")
            lines.append("")
        return "\n".join(lines)

    def all(self) -> Iterator[tuple[Path, str]]:
        """Yield every page with its place below the folder of the pages."""
        yield Path("README.md"), self.index()
        for condition, entry in self.knowledge.conditions.items():
            yield Path(entry.system) / f"{condition}.md", self.page(condition)

    def _row(self, finding: str, entry: ConditionEntry) -> Row:
        p, background = entry.findings[finding], self.knowledge.findings[finding].background
        ratio = p / background
        weighs = f"for, × {ratio:.2g}" if ratio >= 1 else f"against, × {ratio:.2g}"
        name = self.knowledge.findings[finding].name
        return Row(finding, name, p, background, weighs, self._source(finding, entry))

    def _source(self, finding: str, entry: ConditionEntry) -> str:
        cited = entry.cited.get(finding)
        return self.knowledge.source_titles((cited,))[0] if cited else "estimate"

    def _alike(self, condition: str) -> Iterator[tuple[ConditionEntry, Apart, list[str]]]:
        row = self.knowledge.condition_index[condition]
        apart = nats_apart(self.knowledge, row)
        total = apart.sum(axis=1)
        total[row] = np.inf
        for other in np.argsort(total, kind="stable")[:ALIKE]:
            telling = np.argsort(-apart[other], kind="stable")[:TELLING]
            identity = self.knowledge.condition_ids[other]
            yield (
                self.knowledge.conditions[identity],
                Apart(identity, float(total[other])),
                [self.knowledge.findings[self.knowledge.finding_ids[f]].name.en for f in telling],
            )

    @cached_property
    def _template(self) -> Template:
        environment = Environment(
            loader=PackageLoader("assistant.knowledge", "."),
            autoescape=False,  # noqa: S701 (Markdown for review, not served to a browser)
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        return environment.get_template("page.md.j2")


def _by_p(entry: ConditionEntry) -> Callable[[str], tuple[float, str]]:
    return lambda finding: (-entry.findings[finding], finding)


def _band_names() -> list[str]:
    ends = (*AGE_BANDS[1:], None)
    return [
        f"{low:g}+" if end is None else f"{low:g}–{end:g}"
        for low, end in zip(AGE_BANDS, ends, strict=True)
    ]


def differing(pages: Pages, folder: Path) -> list[str]:
    """Return the pages in `folder` that are missing, out of date, or of no condition."""
    expected = dict(pages.all())
    wrong = [str(p) for p, text in expected.items() if _read(folder / p) != text]
    there = {p.relative_to(folder) for p in folder.rglob("*.md")}
    return sorted(wrong + [str(p) for p in there - expected.keys()])


def write(pages: Pages, folder: Path) -> int:
    """Write every page below `folder` and remove those of no condition; return how many stand."""
    expected = dict(pages.all())
    for place, text in expected.items():
        target: Path = folder / place
        if _read(target) != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    for old in folder.rglob("*.md"):
        if old.relative_to(folder) not in expected:
            old.unlink()
    return len(expected)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
