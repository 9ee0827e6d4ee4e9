"""A small, sound knowledge tree, for tests that break one thing in it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.knowledge import Knowledge


def words(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def finding(en: str, zh: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "symptom",
        "name": words(en, zh),
        "background": 0.05,
        "question": words(f"Is there {en}?", f"有没有{zh}？"),
        "phrases": {"en": [f"{en} phrase"], "zh": [f"{zh}了"]},
        **more,
    }


def condition(en: str, zh: str, code: str, findings: dict[str, float], **more: Any) -> dict:
    text = {"what": "What it is.", "do": "Rest.", "seek": "If it gets worse."}
    bands = [1, 1, 1, 1, 1, 1, 1, 1]
    return {
        "name": words(en, zh),
        "synonyms": {"en": [f"{en} disease"], "zh": [f"{zh}病"]},
        "icd10": [code],
        "specialty": "cardiology",
        "care": "primary_care",
        "incidence": {"female": bands, "male": bands},
        "urgency": "consultation",
        "findings": findings,
        "text": {"en": text, "zh": dict.fromkeys(text, "这是中文。")},
        "sources": ["book"],
        **more,
    }


FINDINGS = {
    "pain": finding("pain", "疼痛", hpo="HP:0012531"),
    "pain_sharp": finding("sharp pain", "刺痛", implies=["pain"], background=0.01),
    "fever": finding("fever", "发烧"),
    "rash": finding("rash", "皮疹"),
    "cough": finding("cough", "咳嗽"),
    "nausea": finding("nausea", "恶心"),
    "faint": finding("faintness", "头晕", background=0.001),
    "itch": finding("itch", "发痒"),
    "old_cough": finding("old cough", "久咳", implies=["cough"], background=0.01),
}
HEART = {"pain": 0.9, "pain_sharp": 0.5, "faint": 0.6, "nausea": 0.4, "cough": 0.05}
FLU = {"fever": 0.9, "cough": 0.8, "rash": 0.05, "pain": 0.3, "nausea": 0.2}
SKIN = {"rash": 0.9, "itch": 0.8, "fever": 0.05, "pain": 0.05, "cough": 0.05}
TREE: dict[str, Any] = {
    "findings/all": FINDINGS,
    "conditions/heart/heart_attack": condition(
        "heart attack", "心梗", "I21.9", HEART, urgency="emergency_ambulance"
    ),
    "conditions/lung/flu": condition("flu", "流感", "J11", FLU),
    "conditions/skin/eczema": condition("eczema", "湿疹", "L30.9", SKIN),
    "red_flags/all": {
        "heart": {
            "family": "heart",
            "level": "emergency_ambulance",
            "name": words("Heart", "心脏"),
            "when": [["pain"], ["faint"]],
            "why": words("It could be the heart.", "可能是心脏问题。"),
            "do": words("Call an ambulance.", "叫救护车。"),
            "sources": ["book"],
            "examples": {"en": ["a", "b", "c"], "zh": ["疼一", "疼二", "疼三"]},
        }
    },
    "groups/all": {
        "both": {
            "choose": "many",
            "question": words("Is there any of these?", "有没有下面这些？"),
            "findings": ["rash", "itch"],
        }
    },
    "sources/all": {
        "book": {"title": "Book", "publisher": "Press", "year": 2020, "kind": "textbook"}
    },
    "passages/all": {
        "about_pain": {
            "title": words("Pain", "疼痛"),
            "text": words("Rest helps.", "休息有用。"),
            "about": ["pain"],
            "sources": ["book"],
        }
    },
    "derived": {
        "measures": {"t": {"name": words("T", "体温"), "unit": "C", "low": 30, "high": 45}},
        "numbers": [{"measure": "t", "at_least": 38, "gives": ["fever"], "source": "book"}],
        "durations": [{"finding": "cough", "at_least_days": 21, "gives": "old_cough"}],
        "severe_pain": ["pain"],
    },
    "countries": {
        "XX": {
            "name": words("elsewhere", "其他地区"),
            "ambulance": "112",
            "crisis": words("a local line", "当地热线"),
            "source": "book",
        }
    },
    "presentations": {
        "pain_unexplained": {
            "when": [["pain"]],
            "unless": ["rash"],
            "level": "emergency",
            "why": words("Pain needs a cause.", "疼要有原因。"),
            "sources": ["book"],
        }
    },
    "sections": {
        "what": words("What", "是什么"),
        "do": words("Do", "怎么做"),
        "seek": words("Seek", "何时就医"),
    },
}


class Tree:
    """A knowledge folder to break: `at` reaches into it, `load` writes and compiles it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = deepcopy(TREE)

    def at(self, path: str) -> dict[str, Any]:
        """Return the mapping at "file|key|key"."""
        file, *keys = path.split("|")
        place = self.parts[file]
        for key in keys:
            place = place[key]
        return place

    def write(self) -> Path:
        for name, entries in self.parts.items():
            file = self.folder / f"{name}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
        return self.folder

    def load(self) -> Knowledge:
        return Knowledge.load(self.write())


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "knowledge")
