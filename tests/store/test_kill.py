"""A process that is killed in the middle of a turn loses no word that was acknowledged."""

import multiprocessing
import random
import signal
import time
from functools import reduce

from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.service import ConsultationService
from assistant.store import Store

KILLS = 16
TEXTS = (
    "I have had a headache since this morning",
    "no",
    "it is not severe, a 4",
    "yes",
    "I also feel a bit dizzy when I stand up",
    "not sure",
    "no",
    "actually I have a fever as well",
)


def script(number):
    """Return the turn of this number; the same in every process."""
    return Turn(kind=TurnKind.SAY, text=TEXTS[number % len(TEXTS)], key=f"k{number}")


def answer_until_killed(assistant, settings, id, begin, told):
    service = ConsultationService(assistant, Store(settings.store_url), settings)
    for number in range(begin, 200):
        told.send(("begun", number, None))
        reply = service.turn(id, script(number))
        told.send(("shown", number, [m.text for m in reply.messages]))


def one_life(assistant, settings, id, begin, dice):
    """Run turns in another process, kill it in the middle of one; return what it had shown."""
    processes = multiprocessing.get_context("fork")
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(
        target=answer_until_killed, args=(assistant, settings, id, begin, theirs), daemon=True
    )
    child.start()
    theirs.close()
    last = begin + dice.randrange(3)
    shown = {}
    while True:
        what, number, words = ours.recv()
        if what == "shown":
            shown[number] = words
        elif number == last:
            break
    time.sleep(dice.random() * 0.05)
    child.kill()
    child.join(10)
    assert child.exitcode == -signal.SIGKILL
    while True:
        try:
            what, number, words = ours.recv()
        except (EOFError, OSError):
            ours.close()
            return shown
        if what == "shown":
            shown[number] = words


def test_no_acknowledged_turn_is_lost_by_killing(assistant, settings):
    """What was shown stands; what was not is there once or not at all; the talk goes on as it was
    to go on."""
    dice = random.Random(7)
    service = ConsultationService(assistant, Store(settings.store_url), settings)
    opened = service.open(Profile(age_years=40))
    id, begin, in_middle = opened.consultation.id, 0, 0
    service.close()
    for _ in range(KILLS):
        shown = one_life(assistant, settings, id, begin, dice)
        store = Store(settings.store_url)
        in_middle += store.load(id).accepted is not None
        service = ConsultationService(assistant, store, settings)
        now = service.get(id)
        assert now.turns in (begin + len(shown), begin + len(shown) + 1)
        for number, words in shown.items():
            assert [m.text for m in service.turn(id, script(number)).messages] == words
        assert service.get(id) == now
        begin = now.turns
        reply = service.last_reply(id)
        service.close()
    undisturbed = reduce(
        lambda before, number: assistant.reply(before.consultation, script(number)),
        range(begin),
        opened,
    )
    assert reply == undisturbed
    assert in_middle > 0, "no kill met a turn that was being worked on: the test tests nothing"
