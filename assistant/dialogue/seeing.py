"""What a picture adds to a consultation: a reading, and entries that a hand can take back."""

from dataclasses import replace

from assistant.dialogue.listening import Heard
from assistant.knowledge import Knowledge, findings_in
from assistant.records.dialogue import Consultation, Turn
from assistant.records.picture import SeenPicture


def hear_picture(before: Consultation, turn: Turn, knowledge: Knowledge) -> Heard:
    """Take in what was read in a picture; one that was refused changes nothing but the talk.

    The pending question stays: a picture answers none.
    """
    reading = turn.reading
    if reading is None or reading.refused is not None:
        return Heard(consultation=before, understood=False, reading=reading)
    found = findings_in(reading, before.turns, knowledge)
    seen = SeenPicture(turn=before.turns, reading=reading)
    after = replace(before, findings=(*before.findings, *found), readings=(*before.readings, seen))
    return Heard(consultation=after, findings=found, reading=reading)
