"""What is heard serves the measure and the page; nothing of it is stored or sent."""

import json

from assistant.assessing import Writer, assess, read_request
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Language
from assistant.store.codec import reply_to_json, state_to_json

FEARED = "I have a cough. If I get chest pain I will call you."


def keys(value):
    """Return every key in a JSON value, however deep."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_a_fear_is_neither_stored_nor_sent(light):
    """A portal that showed it would show a fear as a fact."""
    extraction = light.extractor.extract(FEARED, language=Language.ENGLISH)
    assert [h.assertion for h in extraction.heard] == ["present", "hypothetical"]

    opened = light.open("x", Profile()).consultation
    reply = light.reply(opened, Turn(kind=TurnKind.SAY, text=FEARED))
    assessed = assess(light, read_request({"text": FEARED}, light.knowledge, 4000))
    sent = (
        state_to_json(reply.consultation),
        reply_to_json(reply),
        json.dumps(Writer(light).row("a", assessed)),
    )
    for written in sent:
        assert "cough" in written
        assert "heard" not in keys(json.loads(written))
        assert "hypothetical" not in written
        assert "chest_pain" not in {f["concept"] for f in json.loads(written).get("findings", [])}
