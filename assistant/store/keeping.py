"""The store: a turn is kept before it is worked on, its reply before it is shown."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, exc, func, insert, select, update

from assistant.errors import (
    ConsultationConflictError,
    UnknownConsultationError,
    UnknownPictureError,
)
from assistant.records.dialogue import Consultation, Reply, Turn
from assistant.records.picture import Copies
from assistant.store.codec import (
    reply_from_json,
    reply_to_json,
    state_from_json,
    state_to_json,
    turn_from_json,
    turn_to_json,
)
from assistant.store.engine import BUSY_SECONDS, Queue, checkpoint, connect
from assistant.store.errors import StoreCorruptError, translated
from assistant.store.schema import CONSULTATIONS, METADATA, PICTURES, TURNS, owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A consultation as it is kept, and a turn that was accepted and has no reply yet."""

    consultation: Consultation
    version: int  # the number of the last turn that has its reply
    accepted: Turn | None = None
    attempts: int = 0  # how often the work on `accepted` was begun


class Store:
    """Consultations in a database; safe to use from several threads and processes.

    Every method raises StoreUnavailableError or StoreCorruptError where the database does not
    work, and UnknownConsultationError where no consultation has the id.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.time,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._engine = connect(url, busy_seconds)
        self._turn_to_write = Queue(self._engine, busy_seconds)
        self._clock = clock
        self._traces = False  # erased rows may still be in the write-ahead log
        with translated():
            METADATA.create_all(self._engine)

    def add(self, reply: Reply) -> None:
        """Keep a new consultation and its welcome."""
        owner, now = owner_of(reply.consultation.id), self._clock()
        state = state_to_json(reply.consultation)
        with self._writing() as connection:
            connection.execute(
                insert(CONSULTATIONS).values(
                    owner=owner, created=now, updated=now, version=0, state=state
                )
            )
            connection.execute(
                insert(TURNS).values(owner=owner, number=0, reply=reply_to_json(reply))
            )

    def load(self, consultation_id: str) -> Kept:
        """Return a consultation and the turn that waits for its reply."""
        owner = owner_of(consultation_id)
        waiting = (TURNS.c.owner == CONSULTATIONS.c.owner) & TURNS.c.reply.is_(None)
        query = (
            select(CONSULTATIONS.c.state, CONSULTATIONS.c.version, TURNS.c.turn, TURNS.c.attempts)
            .select_from(CONSULTATIONS.outerjoin(TURNS, waiting))
            .where(CONSULTATIONS.c.owner == owner)
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownConsultationError
        return Kept(
            consultation=state_from_json(row.state, consultation_id),
            version=row.version,
            accepted=None if row.turn is None else turn_from_json(row.turn),
            attempts=row.attempts or 0,
        )

    def last_reply(self, consultation_id: str) -> Reply:
        """Return the reply that was given last."""
        query = (
            select(CONSULTATIONS.c.state, TURNS.c.reply)
            .join(TURNS, TURNS.c.owner == CONSULTATIONS.c.owner)
            .where(
                CONSULTATIONS.c.owner == owner_of(consultation_id),
                TURNS.c.number == CONSULTATIONS.c.version,
            )
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownConsultationError
        if row.reply is None:
            raise StoreCorruptError
        return reply_from_json(row.reply, state_from_json(row.state, consultation_id))

    def answered(self, consultation_id: str, key: str) -> tuple[Turn, Reply] | None:
        """Return the turn that came with `key` and its reply, None where there was none.

        The reply's messages are those that were given then; its consultation is today's.
        """
        query = (
            select(CONSULTATIONS.c.state, TURNS.c.turn, TURNS.c.reply)
            .join(TURNS, TURNS.c.owner == CONSULTATIONS.c.owner)
            .where(
                CONSULTATIONS.c.owner == owner_of(consultation_id),
                TURNS.c.key == key,
                TURNS.c.reply.is_not(None),
            )
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        consultation = state_from_json(row.state, consultation_id)
        return turn_from_json(row.turn), reply_from_json(row.reply, consultation)

    def accept(
        self, consultation_id: str, turn: Turn, version: int, copies: Copies | None = None
    ) -> None:
        """Keep a turn before it is worked on, and what is kept of the picture that it brings.

        Raises ConsultationConflictError where the consultation has moved on from `version`, or
        another turn of it is being worked on.
        """
        owner = owner_of(consultation_id)
        with self._writing() as connection:
            _expect(connection, owner, version)
            try:
                connection.execute(
                    insert(TURNS).values(
                        owner=owner, number=version + 1, key=turn.key, turn=turn_to_json(turn)
                    )
                )
            except exc.IntegrityError as error:
                raise ConsultationConflictError from error
            if copies is not None:
                kept = {"picture": copies.picture, "heat": copies.heat}
                connection.execute(insert(PICTURES).values(owner=owner, number=version + 1, **kept))

    def complete(self, consultation_id: str, version: int, reply: Reply) -> None:
        """Keep the reply to the accepted turn together with the new state, before it is shown.

        Copies of pictures that the new state holds no more are erased with the same stroke.

        Raises ConsultationConflictError where somebody else completed that turn.
        """
        owner = owner_of(consultation_id)
        with self._writing() as connection:
            moved = connection.execute(
                update(CONSULTATIONS)
                .where(CONSULTATIONS.c.owner == owner, CONSULTATIONS.c.version == version)
                .values(
                    version=version + 1,
                    updated=self._clock(),
                    state=state_to_json(reply.consultation),
                )
            )
            if moved.rowcount != 1:
                _expect(connection, owner, version)
            answered = connection.execute(
                update(TURNS).where(*_open_turn(owner, version)).values(reply=reply_to_json(reply))
            )
            if answered.rowcount != 1:  # withdrawn meanwhile: the new state must not stand
                raise ConsultationConflictError
            standing = [seen.turn for seen in reply.consultation.readings]
            forgotten = (PICTURES.c.owner == owner) & PICTURES.c.number.not_in(standing)
            gone = connection.execute(delete(PICTURES).where(forgotten))
        if gone.rowcount:
            self._wipe()

    def picture(self, consultation_id: str, number: int) -> Copies:
        """Return what is kept of the picture that came with a turn.

        Raises UnknownPictureError where none is kept of that number.
        """
        owner = owner_of(consultation_id)
        query = select(PICTURES.c.picture, PICTURES.c.heat).where(
            PICTURES.c.owner == owner, PICTURES.c.number == number
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
            there = select(CONSULTATIONS.c.owner).where(CONSULTATIONS.c.owner == owner)
            if row is None and connection.execute(there).one_or_none() is None:
                raise UnknownConsultationError
        if row is None:
            raise UnknownPictureError
        return Copies(picture=row.picture, heat=row.heat)

    def resume(self, consultation_id: str, version: int) -> None:
        """Note that the work on the accepted turn begins once more."""
        owner = owner_of(consultation_id)
        with self._writing() as connection:
            again = update(TURNS).where(*_open_turn(owner, version))
            connection.execute(again.values(attempts=TURNS.c.attempts + 1))

    def withdraw(self, consultation_id: str, version: int) -> None:
        """Take back an accepted turn that could not be worked on; it was never answered."""
        owner = owner_of(consultation_id)
        with self._writing() as connection:
            connection.execute(delete(TURNS).where(*_open_turn(owner, version)))

    def erase(self, consultation_id: str) -> None:
        """Remove a consultation with everything that was said, without a trace in the files."""
        with self._writing() as connection:
            owner = owner_of(consultation_id)
            gone = connection.execute(delete(CONSULTATIONS).where(CONSULTATIONS.c.owner == owner))
            if gone.rowcount != 1:
                raise UnknownConsultationError
        self._wipe()

    def expire(self, before: float) -> int:
        """Erase consultations untouched since `before` (seconds since 1970); return how many."""
        with self._writing() as connection:
            gone = connection.execute(delete(CONSULTATIONS).where(CONSULTATIONS.c.updated < before))
        if gone.rowcount:
            self._wipe()
        return gone.rowcount

    def now(self) -> float:
        """Return the store's time, in seconds since 1970."""
        return self._clock()

    def count(self) -> int:
        """Return how many consultations are kept; raises where the database does not work."""
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(CONSULTATIONS)).scalar_one()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _wipe(self, wait: bool = True) -> None:
        """Empty the write-ahead log; where a reader is in the way, the next write tries again."""
        self._traces = not checkpoint(self._engine, wait)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(), self._turn_to_write, self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection
        if self._traces:
            self._wipe(wait=False)


def _open_turn(owner: str, version: int) -> tuple[ColumnElement[bool], ...]:
    return (TURNS.c.owner == owner, TURNS.c.number == version + 1, TURNS.c.reply.is_(None))


def _expect(connection: Connection, owner: str, version: int) -> None:
    """Raise unless the consultation is there and at `version`; hold it until the commit."""
    query = select(CONSULTATIONS.c.version).where(CONSULTATIONS.c.owner == owner)
    found = connection.execute(query.with_for_update()).scalar_one_or_none()
    if found is None:
        raise UnknownConsultationError
    if found != version:
        raise ConsultationConflictError
