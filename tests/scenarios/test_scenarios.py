"""Whole consultations: each TOML file beside this one is played against the real assistant."""

from pathlib import Path

import pytest
from scenario_checks import broken, unmet
from scenario_player import Player
from scenario_script import load

FILES = sorted(Path(__file__).parent.glob("*/*.toml"))
SCENARIOS = {f"{path.parent.name}-{path.stem}": load(path) for path in FILES}
LEVELS = {"self_care", "consultation", "consultation_24h", "emergency", "emergency_ambulance"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_consultation_goes_as_it_should(name, assistant):
    """Every expectation of the file holds, and at no turn anything that never may happen."""
    scenario = SCENARIOS[name]
    player, failures, step_ends = Player(assistant, scenario), [], []
    for number, step in enumerate(scenario.turn, start=1):
        before = len(player.played.replies)
        player.take(step)
        after = len(player.played.replies)
        step_ends.append(after - 1)
        found = [f for n in range(before, after) for f in broken(player.played, n)]
        found += unmet(step.expect, player.played, before, step_ends, assistant.knowledge)
        if step.let_it_ask:
            found += _ended(player, step.max_questions)
        failures += [f"turn {number}: {f}" for f in found]

    assert not failures, "\n".join([scenario.why, *failures])


def _ended(player, most):
    """Yield what is wrong with the end of the questions."""
    asked = [q.id for q in player.played.asked()]
    if player.played.last.question is not None:
        yield f"no advice after {len(asked)} questions: {asked}"
    if len(asked) > most:
        yield f"{len(asked)} questions, at most {most} expected: {asked}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_named_thing_exists(name, knowledge):
    """A misspelt finding or red flag would make an expectation empty."""
    scenario = SCENARIOS[name]
    for step in scenario.turn:
        told = {*(step.answer or {}), *(step.correct or {}), *step.expect.finding}
        flags = {*step.expect.red_flag, *step.expect.not_red_flag}
        wanted = step.expect.condition_in_top
        assert told <= set(knowledge.findings)
        assert flags <= set(knowledge.red_flags)
        assert set(wanted.id if wanted else ()) <= set(knowledge.conditions)
    assert set(scenario.patient.knows) <= set(knowledge.findings)


def test_every_family_of_red_flags_has_a_scenario(knowledge):
    """A family without a consultation could stop working unnoticed."""
    fired = {f for s in SCENARIOS.values() for step in s.turn for f in step.expect.red_flag}
    families = {flag.family for flag in knowledge.red_flags.values()}

    assert {knowledge.red_flags[f].family for f in fired} == families


def test_every_level_and_both_languages_are_played():
    """At least 48 consultations, all five levels, and two in five in Chinese."""
    steps = [step for s in SCENARIOS.values() for step in s.turn]
    levels = {step.expect.level.value for step in steps if step.expect.level}
    chinese = sum(s.language == "zh" for s in SCENARIOS.values())

    assert len(SCENARIOS) >= 48
    assert levels == LEVELS
    assert chinese / len(SCENARIOS) >= 0.4
