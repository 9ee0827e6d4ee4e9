"""The drawing in docs/architecture.md, enforced: imports run one way, rooms never sideways."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "assistant"
GROUND = {"records", "errors", "registry", "knowledge", "paths", "log", "encoding", "settings"}
ROOMS = {
    "extraction",
    "retrieval",
    "diagnosis",
    "triage",
    "dialogue",
    "reporting",
    "store",
    "speech",
    "imaging",
}
MODELS = {"models", "minilm", "minilm_int8", "minilm_graph", "e5"}
ABOVE_ROOMS = {"turn", "consultation", "assembly"}
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "paths": set(),
    "log": set(),
    "records": {"errors"},
    "registry": {"errors"},
    "settings": {"paths"},
    "encoding": {"errors", "registry"},
    "models": GROUND | {"minilm"},
    "minilm": GROUND | {"models"},
    "minilm_graph": set(),
    "e5": {"errors"},
    "minilm_int8": GROUND | {"models", "minilm_graph"},
    "knowledge": {"records", "errors", "paths", "log"},
    "turn": GROUND | ROOMS,
    "consultation": GROUND | ROOMS | {"turn"},
    "assembly": GROUND | ROOMS | MODELS | {"turn", "consultation"},
    "service": GROUND | ROOMS | {"turn", "consultation", "assembly"},
    "assessing": GROUND | ROOMS | {"turn", "consultation", "assembly"},
}
LAYERS |= {room: GROUND | MODELS | {room} for room in ROOMS}
TOP = {"ui", "portal", "cli", "commands", "training", "evaluation"}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def imported_parts(source: str) -> set[str]:
    """Return the second name of every `assistant.…` import in `source`."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom)]
    names += [f"{node.module}.{alias.name}" for node in froms for alias in node.names]
    parts = {name.split(".")[1] for name in names if name.startswith("assistant.")}
    return parts - {"__version__"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_imports_only_what_lies_below(path):
    """Two rooms that know each other cannot be replaced one at a time."""
    place = path.relative_to(PACKAGE)
    part = place.parts[0].removesuffix(".py")
    if part in TOP or part == "__init__":
        return
    allowed = LAYERS[part] | {part}
    assert imported_parts(path.read_text(encoding="utf-8")) <= allowed


def test_nothing_imports_a_front_door():
    """A room that knows the page cannot serve the command line."""
    for path in SOURCES:
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part in TOP:
            continue
        found = imported_parts(path.read_text(encoding="utf-8"))
        assert not found & {"ui", "portal", "cli", "commands"}, path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(path):
    """A file that does not fit in one's head is where errors hide."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is too long"
