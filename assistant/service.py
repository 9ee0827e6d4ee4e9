"""The consultations of one server: the same object behind the page, the REST API and the terminal.

    turn ──limits──▶ kept ──assistant──▶ reply + new state kept ──▶ shown

A turn that was kept when the machine stopped is worked on when its consultation is next looked at.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from assistant.consultation import Assistant
from assistant.errors import (
    AssistantError,
    ConsultationConflictError,
    InvalidInputError,
    UnknownConsultationError,
    UnknownPictureError,
)
from assistant.imaging.copying import overlaid
from assistant.imaging.errors import PicturesOffError
from assistant.imaging.eyes import Eyes
from assistant.knowledge import Knowledge, withheld
from assistant.log import failure
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Reply, Turn, TurnKind
from assistant.records.picture import Copies, Picture
from assistant.records.report import Report
from assistant.settings import Settings
from assistant.store import Kept, Store
from assistant.store.limits import check_profile, check_turn, check_turn_fits

_WAITING = 16  # turns that may wait for a worker; one more is told to come back
_PATIENCE = 20.0  # seconds a turn waits for a worker, or for the turn before it
_ATTEMPTS = 3  # a turn that stopped the process this often is given up
_SWEEP = 3600.0  # seconds between two searches for expired consultations


class ServiceBusyError(AssistantError):
    """More turns came at once than can be worked on; nothing of this one was kept."""

    retry_after = 5  # seconds

    def __init__(self) -> None:
        super().__init__("The server is very busy. Nothing was lost: try again in a few seconds.")


class ConsultationService:
    """Opens, continues, reports and erases consultations; safe to call from many threads."""

    def __init__(
        self, assistant: Assistant, store: Store, settings: Settings, eyes: Eyes | None = None
    ) -> None:
        """`eyes` look at pictures; None: this server does not."""
        self._assistant, self._store, self._settings = assistant, store, settings
        self._eyes = eyes
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._guard = threading.Lock()
        self._workers = threading.BoundedSemaphore(settings.workers)
        self._places = threading.BoundedSemaphore(settings.workers + _WAITING)
        self._swept = float("-inf")

    @property
    def assistant(self) -> Assistant:
        """The assistant that works on the turns, for its words."""
        return self._assistant

    @property
    def knowledge(self) -> Knowledge:
        """The medicine that the assistant works with, for names and texts."""
        return self._assistant.knowledge

    @property
    def eyes(self) -> Eyes:
        """What looks at pictures; raises PicturesOffError where nothing does."""
        if self._eyes is None:
            raise PicturesOffError
        return self._eyes

    def open(self, profile: Profile) -> Reply:
        """Begin a consultation; its id, 128 random bits, alone gives access to it.

        Raises InputLimitError or InvalidInputError for a profile that cannot be used.
        """
        check_profile(profile, self._settings)
        self.expire()
        with self._worker():
            reply = self._assistant.open(secrets.token_hex(16), profile)
        self._store.add(reply)
        return reply

    def show(self, consultation_id: str, picture: Picture, key: str | None = None) -> Reply:
        """Look at a picture, and take it as a turn with what was read; pixels are not kept.

        Looking waits in its own bounded pool and holds no consultation meanwhile. Of a picture
        that was refused nothing is kept but the talk. Raises as `turn` does, and
        TooManyPicturesError, ModelFileError or PicturesOffError where it cannot be looked at.
        """
        self._store.load(consultation_id)  # whoever has no consultation costs no looking
        viewed = self.eyes.look(picture)
        turn = Turn(kind=TurnKind.PICTURE, reading=viewed.reading, key=key)
        return self.turn(consultation_id, turn, viewed.copies)

    def turn(self, consultation_id: str, turn: Turn, copies: Copies | None = None) -> Reply:
        """Take one turn. With the key of an earlier turn, return that one's reply again.

        `copies` are what is kept of the picture that the turn brings.

        Raises InputLimitError or InvalidInputError for a turn that cannot be used,
        ConsultationConflictError where it was made without seeing the last reply,
        ServiceBusyError where it had to wait too long; the consultation is then as before.
        """
        check_turn(turn, self._settings, self.knowledge.findings)
        seen = self._store.load(consultation_id).version
        with self._alone(consultation_id):
            kept = self._settled(consultation_id)
            if (again := self._again(consultation_id, turn)) is not None:
                return again
            if kept.version != seen:
                raise ConsultationConflictError
            check_turn_fits(turn, kept.consultation, self._settings)
            refused = turn.reading is None or turn.reading.refused is not None
            self._store.accept(consultation_id, turn, kept.version, None if refused else copies)
            return self._work(kept, turn)

    def answered(self, consultation_id: str, key: str) -> Reply | None:
        """Return the reply to the turn with this key, None where no such turn was answered."""
        before = self._store.answered(consultation_id, key) if key else None
        return None if before is None else before[1]

    def get(self, consultation_id: str) -> Consultation:
        """Return a consultation as it stands, after any turn that waits for its reply."""
        kept = self._store.load(consultation_id)
        if kept.accepted is None:
            return kept.consultation
        with self._alone(consultation_id):
            return self._settled(consultation_id).consultation

    def last_reply(self, consultation_id: str) -> Reply:
        """Return what the patient was shown last."""
        self.get(consultation_id)
        return self._store.last_reply(consultation_id)

    def report(self, consultation_id: str) -> Report:
        """Return the report of a consultation as it stands."""
        consultation = self.get(consultation_id)
        created = datetime.fromtimestamp(self._store.now(), UTC)
        with self._worker():
            report = self._assistant.report(consultation, created.isoformat(timespec="seconds"))
        return replace(report, copies=self._copies(consultation))

    def picture(self, consultation_id: str, number: int) -> Copies:
        """Return the reduced copy and the heatmap of a picture; `number` is its turn's.

        Where the model looked is no more shown than what it saw while its reading is withheld.
        """
        return self._kept_picture(self.get(consultation_id), number)

    def erase(self, consultation_id: str) -> None:
        """Remove a consultation and everything that was said in it."""
        self._store.erase(consultation_id)

    def expire(self) -> int:
        """Erase what was left alone for `retention_days`, at most once an hour; return how many."""
        now = self._store.now()
        with self._guard:
            if now - self._swept < _SWEEP:
                return 0
            self._swept = now
        return self._store.expire(before=now - self._settings.retention_days * 86400.0)

    def check(self) -> None:
        """Raise StoreError where consultations cannot be kept or read now."""
        self._store.count()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _copies(self, consultation: Consultation) -> tuple[tuple[int, bytes], ...]:
        """Return the copy of each picture with its heatmap; one that is gone is left out."""
        found = []
        for seen in consultation.readings:
            try:
                found.append((seen.turn, overlaid(self._kept_picture(consultation, seen.turn))))
            except UnknownPictureError:
                continue
        return tuple(found)

    def _kept_picture(self, consultation: Consultation, number: int) -> Copies:
        copies, case = self._store.picture(consultation.id, number), consultation.case
        readings = (seen.reading for seen in case.readings if seen.turn == number)
        silent = any(withheld(r, case, self.knowledge) is not None for r in readings)
        return replace(copies, heat=None) if silent else copies

    def _again(self, consultation_id: str, turn: Turn) -> Reply | None:
        """Return the reply to this very turn where it came before: a double click counts once."""
        before = self._store.answered(consultation_id, turn.key) if turn.key else None
        if before is None:
            return None
        earlier, reply = before
        if earlier != turn:
            raise InvalidInputError("This key belongs to another turn; use a new key for each.")
        return reply

    def _settled(self, consultation_id: str) -> Kept:
        """Return the consultation once a turn that waits for its reply has got it."""
        kept = self._store.load(consultation_id)
        if kept.accepted is None:
            return kept
        if kept.attempts >= _ATTEMPTS:
            self._store.withdraw(consultation_id, kept.version)
            return replace(kept, accepted=None)
        self._store.resume(consultation_id, kept.version)
        try:
            self._work(kept, kept.accepted)
        except (ConsultationConflictError, UnknownConsultationError):
            pass  # another process was faster; what it kept is read below
        except Exception as error:  # the turn was taken back: go on from the state before it
            failure("resuming", error)
        return self._store.load(consultation_id)

    def _work(self, kept: Kept, turn: Turn) -> Reply:
        """Work on an accepted turn and keep its reply; take the turn back where that fails."""
        consultation_id = kept.consultation.id
        try:
            reply = self._assistant.reply(kept.consultation, turn)
        except Exception:
            self._store.withdraw(consultation_id, kept.version)
            raise
        self._store.complete(consultation_id, kept.version, reply)
        return reply

    @contextmanager
    def _alone(self, consultation_id: str) -> Iterator[None]:
        """Hold a place, the consultation, and a worker: one turn of a consultation at a time."""
        with self._guard:
            lock = self._locks.setdefault(consultation_id, threading.Lock())
        with _held(self._places, 0), _held(lock, _PATIENCE), _held(self._workers, _PATIENCE):
            yield

    @contextmanager
    def _worker(self) -> Iterator[None]:
        """Hold a place and a worker."""
        with _held(self._places, 0), _held(self._workers, _PATIENCE):
            yield


@contextmanager
def _held(lock: "threading.Lock | threading.Semaphore", seconds: float) -> Iterator[None]:
    """Hold `lock`, or raise ServiceBusyError after waiting so long for it."""
    if not lock.acquire(timeout=seconds):
        raise ServiceBusyError
    try:
        yield
    finally:
        lock.release()
