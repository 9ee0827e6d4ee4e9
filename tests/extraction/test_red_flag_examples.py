"""Every red flag's own examples must fire it, in both languages and with both extractors.

Each example is a sentence that somebody in danger might type; one that is not understood is an
ambulance that is not called.
"""

import pytest

from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.transformer import TransformerExtractor
from assistant.knowledge import Knowledge, facts_of
from assistant.paths import shipped
from assistant.records.case import Case, Profile
from assistant.records.terms import Language

FLAGS = Knowledge.load(shipped("knowledge")).red_flags
EXAMPLES = [
    (flag, language, i) for flag in sorted(FLAGS) for language in Language for i in range(3)
]


def unmet(extractor, knowledge, flag_id: str, language: Language, i: int) -> list[tuple[str, ...]]:
    """Return the lines of a red flag that its example does not meet."""
    flag = knowledge.red_flags[flag_id]
    examples = flag.examples.en if language is Language.ENGLISH else flag.examples.zh
    read = extractor.extract(examples[i], language=language)
    case = Case(
        profile=Profile(age_years=flag.profile.age, sex=flag.profile.sex, language=language),
        findings=read.findings,
        measurements=read.measurements,
    )
    stated = facts_of(case, knowledge).ever
    return [line.of for line in flag.lines if len(stated.intersection(line.of)) < line.at_least]


@pytest.mark.parametrize(("flag", "language", "i"), EXAMPLES)
def test_the_rules_understand_the_example(lexical: LexicalExtractor, knowledge, flag, language, i):
    assert unmet(lexical, knowledge, flag, language, i) == []


@pytest.mark.parametrize("flag", sorted(FLAGS))
def test_the_network_loses_no_example(transformer: TransformerExtractor, knowledge, flag):
    """All examples of a flag in one test: the network takes a few milliseconds a sentence."""
    missed = [
        (language.value, i)
        for language in Language
        for i in range(3)
        if unmet(transformer, knowledge, flag, language, i)
    ]
    assert missed == []
