"""The tables. A consultation is found by the hash of its id, which alone gives access to it:
whoever reads the database or a backup learns no id that the server would accept."""

from hashlib import sha256

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

CONSULTATIONS = Table(
    "consultations",
    METADATA,
    Column("owner", String(64), primary_key=True),  # SHA-256 of the id, hexadecimal
    Column("created", Float(53), nullable=False),  # seconds since 1970, UTC
    Column("updated", Float(53), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # turns that have their reply
    Column("state", Text, nullable=False),  # the Consultation without its id, JSON
)

TURNS = Table(
    "turns",
    METADATA,
    Column(
        "owner",
        String(64),
        ForeignKey("consultations.owner", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 0 is the welcome
    Column("key", String(100)),
    Column("turn", Text),  # the Turn, JSON; NULL for the welcome
    Column("reply", Text),  # the Reply without its consultation, JSON; NULL while worked on
    Column("attempts", Integer, nullable=False, default=1),  # times the work was begun
    UniqueConstraint("owner", "key"),
)

PICTURES = Table(  # reduced copies; a picture goes with its turn, a turn with its consultation
    "pictures",
    METADATA,
    Column("owner", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the turn
    Column("picture", LargeBinary, nullable=False),  # WebP
    Column("heat", LargeBinary),  # WebP; NULL where the model cannot say where it looked
    ForeignKeyConstraint(["owner", "number"], ["turns.owner", "turns.number"], ondelete="CASCADE"),
)


def owner_of(consultation_id: str) -> str:
    """Return the key under which a consultation is kept."""
    return sha256(consultation_id.encode("utf-8", "replace")).hexdigest()
