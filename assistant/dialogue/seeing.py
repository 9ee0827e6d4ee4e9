"""What a picture adds to a consultation: a reading, and entries that a hand can take back."""

from dataclasses import replace

from assistant.dialogue.confirming import told_before
from assistant.dialogue.listening import Heard
from assistant.knowledge import Knowledge, findings_in, withheld
from assistant.records.dialogue import Consultation, Turn
from assistant.records.picture import SeenPicture


def hear_picture(before: Consultation, turn: Turn, knowledge: Knowledge) -> Heard:
    """Take in what was read in a picture; one that was refused changes nothing but the talk.

    The pending question stays: a picture answers none. A reading that is withheld adds nothing to
    what was understood (`dialogue/confirming.py`).
    """
    reading = turn.reading
    if reading is None or reading.refused is not None:
        return Heard(consultation=before, understood=False, reading=reading)
    told = told_before(before, reading, knowledge)
    now = replace(before, findings=(*before.findings, *told))
    silent = withheld(reading, now.case, knowledge) is not None
    found = () if silent else findings_in(reading, before.turns, knowledge)
    seen = SeenPicture(turn=before.turns, reading=reading)
    after = replace(now, findings=(*now.findings, *found), readings=(*before.readings, seen))
    return Heard(consultation=after, findings=found, reading=reading)
