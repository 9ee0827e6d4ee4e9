"""The world of DDXPlus: its 49 pathologies, and only questions that its patients can answer.

The agents that are compared on DDXPlus know both lists beforehand. `closed` gives ours the same:
the same numbers, the same belief and the same choice of questions, over fewer conditions. The
interview is a diagnostic one (`StopRule.thorough`): it goes on below an emergency, as the
benchmark's agents do, instead of ending with "call an ambulance".
"""

from dataclasses import replace

from assistant.consultation import Assistant
from assistant.diagnosis import Belief
from assistant.dialogue.questioner import Questioner, Weights
from assistant.dialogue.stopping import StopRule
from assistant.evaluation.ddxplus_data import Mapping
from assistant.knowledge import Knowledge

MOST_QUESTIONS = 16  # of a thorough interview; the agents of the benchmark ask up to 30

CERTAIN = 0.95  # belief in the leading pathology at which the interview ends


def closed(knowledge: Knowledge, mapping: Mapping) -> Knowledge:
    """Return the part of `knowledge` that the benchmark is about.

    Findings stay, so that the same words are understood; those that no evidence tells of lose
    their question.
    """
    bundle = knowledge.bundle
    meant = {condition for ids in mapping.conditions.values() for condition in ids}
    findings = {
        identity: entry
        if identity in mapping.vocabulary
        else entry.model_copy(update={"question": None})
        for identity, entry in bundle.findings.items()
    }
    conditions = {c: entry for c, entry in bundle.conditions.items() if c in meant}
    return Knowledge(
        bundle.model_copy(update={"conditions": conditions, "findings": findings, "passages": {}})
    )


def closed_assistant(ready: Assistant, mapping: Mapping, max_questions: int) -> Assistant:
    """Return `ready` in the closed world, with a thorough interview of up to `max_questions`."""
    world = closed(ready.knowledge, mapping)
    # Its patients answer exactly: a "no" is one, and nothing is told twice.
    tuning = replace(ready.judge.belief.tuning, absent_weight=0.8, temperature=1.0)
    belief = Belief(world, tuning)
    judge = replace(ready.judge, knowledge=world, belief=belief, text_match=None, word_match=None)
    weights = Weights(danger=0.0, flag=0.0, history=1.0, enough=0.0, duration=False)
    decider = replace(
        ready.decider,
        judge=judge,
        questioner=Questioner(world, belief.table, weights),
        retriever=None,
        max_questions=max_questions,
        rule=StopRule(thorough=True, certain=CERTAIN),
    )
    return replace(ready, knowledge=world, judge=judge, decider=decider)
