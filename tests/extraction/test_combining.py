"""Calls from several threads share a batch; each gets its own answers, and its own errors only."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.extraction.combining import Combiner
from assistant.extraction.tagger import Tagger
from assistant.paths import shipped

THREADS = 8


class Held:
    """Doubles numbers; its first batch waits until all calls have queued. Keeps every batch."""

    def __init__(self, bad=None):
        self.batches, self.bad = [], bad
        self.open = threading.Event()

    def __call__(self, items):
        self.batches.append(list(items))
        if len(self.batches) == 1:
            assert self.open.wait(10)
        if self.bad in items:
            raise ValueError(f"{self.bad} cannot be doubled")
        return [item * 2 for item in items]


def together(combiner, work, calls):
    """Start a first call that holds the batch, queue the others behind it, and let go."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(combiner, calls[0])]
        while not work.batches:
            threading.Event().wait(0.001)
        futures += [pool.submit(combiner, call) for call in calls[1:]]
        while len(combiner._waiting) < len(calls) - 1:
            threading.Event().wait(0.001)
        work.open.set()
        return [future.exception(10) or future.result() for future in futures]


def test_who_waits_is_taken_along_and_gets_its_own():
    work = Held()
    calls = [[10 * i + k for k in range(i + 1)] for i in range(THREADS)]
    answers = together(Combiner(work), work, calls)

    assert answers == [[2 * item for item in call] for call in calls]
    assert len(work.batches) == 2
    assert sorted(work.batches[1]) == sorted(item for call in calls[1:] for item in call)


def test_a_bad_call_fails_alone():
    work = Held(bad=31)
    calls = [[10 * i, 10 * i + 1] for i in range(THREADS)]
    answers = together(Combiner(work), work, calls)

    assert isinstance(answers.pop(3), ValueError)
    assert answers == [[2 * item for item in call] for call in calls if 31 not in call]


def test_batches_stay_below_their_limit():
    work = Held()
    answers = together(Combiner(work, most=5), work, [[1, 2]] * THREADS)

    assert answers == [[2, 4]] * THREADS
    assert max(map(len, work.batches)) <= 5


def test_a_call_over_the_limit_is_still_answered():
    assert Combiner(lambda items: [-i for i in items], most=2)([1, 2, 3]) == [-1, -2, -3]


def test_after_an_error_the_next_call_is_answered():
    combiner = Combiner(lambda items: [1 / item for item in items])
    with pytest.raises(ZeroDivisionError):
        combiner([0])

    assert combiner([2]) == [0.5]


def test_eight_threads_get_the_answers_of_their_own_texts(knowledge):
    tagger = Tagger("extraction-en", shipped("knowledge") / "models", threads=1)
    texts = [flag.examples.en[0] for flag in knowledge.red_flags.values()][: 12 * THREADS]
    barrier = threading.Barrier(THREADS)

    def session(own):
        barrier.wait(10)
        return [(text, tagger.read([text], [[(0, len(text))]])[0]) for text in own]

    with ThreadPoolExecutor(THREADS) as pool:
        shared = pool.map(session, [texts[i::THREADS] for i in range(THREADS)])
        read = dict(pair for one in shared for pair in one)
    alone = {text: tagger.read([text], [[(0, len(text))]])[0] for text in texts}

    assert len(read) == len(set(texts)) >= 80
    for text in read:  # another text's answer has another span; batches move numbers a little
        assert (read[text].given[0].start, read[text].given[0].end) == (0, len(text))
        assert float(read[text].given[0].vector @ alone[text].given[0].vector) > 0.97
