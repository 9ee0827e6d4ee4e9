"""The store by itself: nothing kept is lost, nothing erased is left."""

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from assistant.errors import (
    ConsultationConflictError,
    InvalidInputError,
    UnknownConsultationError,
)
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Message, Reply, Turn, TurnKind
from assistant.store import Store, StoreCorruptError, StoreUnavailableError
from assistant.store.schema import METADATA

CANARY = "zq-canary-7f3a91"


def opened(number=1, words="Welcome."):
    state = Consultation(id=f"{number:032x}", profile=Profile())
    return Reply(consultation=state, messages=(Message(role="assistant", text=words, turn=0),))


def after(reply, words):
    message = Message(role="patient", text=words, turn=reply.consultation.turns + 1)
    state = replace(
        reply.consultation,
        turns=reply.consultation.turns + 1,
        said=(*reply.consultation.said, words),
        messages=(*reply.consultation.messages, message),
    )
    return replace(reply, consultation=state, messages=(message,))


def say(words, key=None):
    return Turn(kind=TurnKind.SAY, text=words, key=key)


def traces(folder: Path) -> list[str]:
    """Return the files under `folder` in which the canary stands."""
    return [f.name for f in folder.rglob("*") if f.is_file() and CANARY.encode() in f.read_bytes()]


def test_a_turn_is_kept_before_its_reply(any_store):
    first = opened()
    any_store.add(first)
    id = first.consultation.id
    any_store.accept(id, say("it hurts"), 0)
    assert any_store.load(id).accepted == say("it hurts")
    assert any_store.last_reply(id) == first
    second = after(first, "it hurts")
    any_store.complete(id, 0, second)
    kept = any_store.load(id)
    assert (kept.consultation, kept.version, kept.accepted) == (second.consultation, 1, None)
    assert any_store.last_reply(id) == second


def test_one_of_two_turns_on_the_same_state_is_refused(any_store):
    first = opened()
    any_store.add(first)
    id = first.consultation.id
    any_store.accept(id, say("a"), 0)
    with pytest.raises(ConsultationConflictError):
        any_store.accept(id, say("b"), 0)
    any_store.complete(id, 0, after(first, "a"))
    with pytest.raises(ConsultationConflictError):
        any_store.complete(id, 0, after(first, "b"))
    with pytest.raises(ConsultationConflictError):
        any_store.accept(id, say("c"), 0)
    assert any_store.load(id).consultation.said == ("a",)


def test_a_withdrawn_turn_cannot_be_completed(any_store):
    """The state and its turn stand or fall together."""
    first = opened()
    any_store.add(first)
    id = first.consultation.id
    any_store.accept(id, say("a"), 0)
    any_store.withdraw(id, 0)
    with pytest.raises(ConsultationConflictError):
        any_store.complete(id, 0, after(first, "a"))
    assert any_store.load(id).consultation == first.consultation


def test_an_erased_consultation_does_not_come_back(any_store):
    """A turn that was being worked on must not write it anew."""
    first = opened()
    any_store.add(first)
    id = first.consultation.id
    any_store.accept(id, say("a"), 0)
    any_store.erase(id)
    for use in (
        lambda: any_store.complete(id, 0, after(first, "a")),
        lambda: any_store.accept(id, say("b"), 0),
        lambda: any_store.load(id),
        lambda: any_store.last_reply(id),
        lambda: any_store.erase(id),
    ):
        with pytest.raises(UnknownConsultationError):
            use()
    assert any_store.answered(id, "k") is None


def test_erasing_leaves_no_trace_in_the_files(store, tmp_path):
    """A patient who erases the talk must not be found on the disk."""
    other = opened(2)
    store.add(other)
    reply = opened(1, CANARY)
    store.add(reply)
    id = reply.consultation.id
    for n in range(30):  # several pages, in the log and in the database
        words = f"{CANARY} {n} " * 40
        store.accept(id, say(words, key=f"{CANARY}-{n}"), n)
        reply = after(reply, words)
        store.complete(id, n, reply)
    assert traces(tmp_path)
    store.erase(id)
    assert traces(tmp_path) == []
    assert store.last_reply(other.consultation.id) == other


def test_erasing_under_a_reader_is_finished_by_the_next_write(store, tmp_path, settings):
    """A reader in another process holds the log; the traces go once it is done."""
    reply = opened(1, CANARY)
    store.add(reply)
    reader = sqlite3.connect(tmp_path / "consultations.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM turns").fetchone()
    store.erase(reply.consultation.id)
    with pytest.raises(UnknownConsultationError):
        store.load(reply.consultation.id)
    reader.execute("COMMIT")
    reader.close()
    store.add(opened(2))
    assert traces(tmp_path) == []


def test_what_was_left_alone_expires(settings, tmp_path):
    now = 1000.0
    store = Store(settings.store_url, clock=lambda: now)
    store.add(opened(1, CANARY))
    now = 2000.0
    store.add(opened(2))
    assert store.expire(before=1500.0) == 1
    assert store.count() == 1
    assert traces(tmp_path) == []
    assert store.expire(before=1500.0) == 0
    store.close()


def test_the_database_is_set_to_survive_a_power_cut(store, settings):
    with store._engine.connect() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_only_its_owner_may_read_the_files(store, tmp_path):
    store.add(opened())
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in tmp_path.glob("consultations.db*")}
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_locked_database_is_said_and_nothing_is_lost(store, tmp_path):
    first = opened()
    store.add(first)
    id = first.consultation.id
    writer = sqlite3.connect(tmp_path / "consultations.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailableError, match="another program"):
        store.accept(id, say(CANARY), 0)
    assert store.last_reply(id) == first  # reading goes on
    writer.execute("ROLLBACK")
    writer.close()
    store.accept(id, say("now"), 0)
    assert store.load(id).accepted == say("now")


def test_a_file_that_is_no_database_is_left_as_it_is(settings, tmp_path):
    file = tmp_path / "consultations.db"
    file.write_bytes(b"These are somebody's notes, not a database." * 200)
    before = file.read_bytes()
    with pytest.raises(StoreCorruptError):
        Store(settings.store_url)
    assert file.read_bytes() == before


def test_a_damaged_page_is_said_and_left(store, settings, tmp_path):
    """Bytes that rot on the disk must not become somebody's answers."""
    reply = opened(1)
    store.add(reply)
    for n in range(40):
        words = "x" * 2000
        store.accept(reply.consultation.id, say(words), n)
        reply = after(reply, words)
        store.complete(reply.consultation.id, n, reply)
    store.close()
    file = tmp_path / "consultations.db"
    content = bytearray(file.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    file.write_bytes(content)
    damaged = Store(settings.store_url)
    with pytest.raises(StoreCorruptError, match="left untouched"):
        damaged.load(reply.consultation.id)
    damaged.close()
    assert file.read_bytes()[:4096] == content[:4096]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path / 'file' / 'consultations.db'}")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "not a url"])
def test_a_url_that_names_no_file_is_said(url):
    with pytest.raises(InvalidInputError, match="database"):
        Store(url)


@pytest.mark.parametrize("url", ["nosuch://host/db", "postgresql+pg8000://host/db"])
def test_an_unknown_database_is_said(url):
    with pytest.raises(StoreUnavailableError):
        Store(url)


def test_the_tables_can_be_made_on_postgresql():
    tables = METADATA.sorted_tables
    made = [str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in tables]
    assert [text.split()[2] for text in made] == ["consultations", "turns", "pictures"]
