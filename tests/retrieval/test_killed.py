"""`kill -9` in the middle of an addition, again and again: what was kept stays whole."""

import os
import signal
import subprocess
import sys
import time

import numpy as np

from assistant.retrieval.library import Document, Section, Trust
from assistant.retrieval.library.adding import add_corpus
from assistant.retrieval.library.folder import IndexFolder
from assistant.retrieval.library.searching import Library
from tests.retrieval.conftest import WordHashes

DOCUMENTS = 640
CHILD = """
import sys, time
from pathlib import Path
from tests.retrieval import test_killed as here

class Slow(here.WordHashes):
    def encode(self, texts):
        time.sleep(0.02)
        return super().encode(texts)

here.add(Path(sys.argv[1]), Slow())
"""


def add(folder, encoder):
    index = IndexFolder(folder, encoder, write=True)
    texts = [
        Document(id=f"d{n}", sections=(Section(path=(f"Title {n % 50}",), text=f"word{n} cough"),))
        for n in range(DOCUMENTS)
    ]
    return add_corpus(index, "c", texts, trust=Trust.SEARCH)


def test_index_that_was_killed_ends_like_one_that_was_not(tmp_path):
    broken, whole, encoder = tmp_path / "broken", tmp_path / "whole", WordHashes()
    add(whole, encoder)
    kills = 0
    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(broken)], cwd=os.getcwd())
        before = _rows(broken)
        while child.poll() is None and _rows(broken) < before + 64:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        kills += child.wait() == -signal.SIGKILL
        if _rows(broken) >= DOCUMENTS:
            break

    done = add(broken, encoder)

    assert kills >= 3
    assert done.unchanged >= 64
    left, right = (IndexFolder(folder, encoder) for folder in (broken, whole))
    assert sorted(left.catalogue.ids()) == sorted(right.catalogue.ids())
    assert np.array_equal(left.vectors.read(), right.vectors.read())
    assert np.array_equal(left.titles.of_rows(), right.titles.of_rows())
    asked = "word77 cough"
    first, second = (Library(folder, encoder, "cpu").search(asked, 9) for folder in (broken, whole))
    assert [hit.kept for hit in first] == [hit.kept for hit in second]


def _rows(folder):
    file = folder / "vectors.f16"
    return file.stat().st_size // (2 * 2039) if file.is_file() else 0
