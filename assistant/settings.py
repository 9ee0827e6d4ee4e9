"""Every setting, read from the environment (`ANAMNESIS_…`) or a `.env` file.

`docs/settings.md` documents each one; a test holds the two together.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.paths import shipped


def _data_dir() -> Path:
    return Path.home() / ".local" / "share" / "anamnesis"


class Settings(BaseSettings):
    """What an operator may choose; the defaults suit one person on one machine."""

    model_config = SettingsConfigDict(env_prefix="ANAMNESIS_", env_file=".env", extra="ignore")

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(7860, ge=1, le=65535, description="Port the web server listens on.")
    allowed_hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost", "testserver"),
        description='Host names the server answers to, as JSON, e.g. ["clinic.example"].',
    )
    portal_origins: tuple[str, ...] = Field(
        (), description="Origins of the portals that may embed the page, as JSON."
    )
    root_path: str = Field("", description="Path below which a proxy serves the app.")
    language: Literal["en", "zh"] = Field("en", description="Language of a new page.")
    country: str = Field(
        "GB",
        pattern="^[A-Z]{2}$",
        description="Country whose emergency numbers are shown (ISO 3166-1 alpha-2).",
    )
    product_name: str = Field("Anamnesis", max_length=60, description="Name shown on the page.")
    knowledge_dir: Path = Field(
        default_factory=lambda: shipped("knowledge"), description="Folder of the medical knowledge."
    )
    prompts_dir: Path = Field(
        default_factory=lambda: shipped("prompts"), description="Folder of what the assistant says."
    )
    data_dir: Path = Field(
        default_factory=_data_dir, description="Folder for the database and built indexes."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL of the store; empty: SQLite in the data folder."
    )
    retention_days: int = Field(
        30, ge=1, le=3650, description="Days after which a consultation left alone is erased."
    )
    encoder: Literal["minilm-int8", "minilm", "none"] = Field(
        "minilm-int8",
        description="Text encoder for linking and retrieval, in 8 or 32 bits; none: lexical only.",
    )
    encoder_path: Path | None = Field(None, description="Folder of encoder weights to use instead.")
    extractor: Literal["transformer", "lexicon"] = Field(
        "transformer", description="What finds the symptoms in free text."
    )
    extraction_model: Literal["by-language", "multilingual"] = Field(
        "by-language",
        description="Networks of extraction: one for each language, or the Chinese one for both.",
    )
    index: Literal["faiss", "none"] = Field("faiss", description="Index of the passages.")
    index_device: Literal["auto", "cpu", "faiss-gpu", "torch"] = Field(
        "auto", description="Where large indexes are searched; auto: a GPU where one answers."
    )
    reranker_path: Path | None = Field(
        None,
        description="Folder of a cross-encoder that orders the passages of a library again.",
    )
    dense_match: bool = Field(
        True, description="Fuse a dense match of the whole text into the differential."
    )
    word_match: bool = Field(
        True, description="Fuse a match of the text's words into the differential."
    )
    triage_head: Literal["on", "off"] = Field(
        "off",
        description="Raise the urgency where what was written as a whole resembles emergencies.",
    )
    allow_network: bool = Field(
        False, description="Let the program fetch models from a hub. Patient data never leaves."
    )
    threads: int = Field(1, ge=1, le=64, description="CPU threads for the models.")
    max_questions: int = Field(
        10, ge=1, le=30, description="Questions after which advice is given with what is known."
    )
    max_text_characters: int = Field(
        4000, ge=200, le=20000, description="Longest message of a patient."
    )
    max_turns: int = Field(200, ge=20, le=2000, description="Most turns in one consultation.")
    max_consultations_per_minute: int = Field(
        30, ge=1, le=10000, description="New consultations one address may open in a minute."
    )
    max_turns_per_minute: int = Field(
        120, ge=1, le=10000, description="Turns one address may send in a minute."
    )
    workers: int = Field(4, ge=1, le=64, description="Turns worked on at the same time.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged; patient text never is."
    )

    speech: bool = Field(True, description="Offer to speak instead of writing.")
    transcriber: Literal["auto", "faster-whisper", "openai-whisper"] = Field(
        "auto", description="Engine that turns speech into words."
    )
    speech_language: Literal["page", "detect", "en", "zh"] = Field(
        "page", description="Language that is listened for: the page's, either, or always one."
    )
    speech_model: str = Field(
        "base", description="Whisper model by name: base and tiny.en need no network."
    )
    speech_model_path: Path | None = Field(
        None, description="Folder of a CTranslate2 Whisper model to use instead."
    )
    speech_threads: int = Field(
        2, ge=1, le=64, description="CPU threads for turning speech into words."
    )
    speech_seats: int = Field(
        8, ge=1, le=256, description="People listened to at a time; more wait in a queue."
    )
    voice: Literal["browser", "piper"] = Field(
        "browser", description="Who reads replies out: the browser's own voice, or this server."
    )
    voice_path: Path | None = Field(
        None, description="Folder of a Piper voice (.onnx and .onnx.json) to use instead."
    )
    max_recording_seconds: float = Field(
        300.0, ge=5, le=3600, description="Longest recording, in seconds."
    )
    max_recording_bytes: int = Field(
        12_000_000, ge=100_000, le=200_000_000, description="Largest recording, in bytes."
    )

    imaging: bool = Field(True, description="Look at pictures.")
    image_seats: int = Field(1, ge=1, le=64, description="Pictures looked at at the same time.")
    max_picture_bytes: int = Field(
        64_000_000, ge=100_000, le=1_000_000_000, description="Largest picture file, in bytes."
    )
    max_pictures: int = Field(12, ge=1, le=100, description="Most pictures in one consultation.")
    image_models: dict[str, str] = Field(
        default_factory=dict,
        description='Model of each task, as JSON, e.g. {"skin_lesion": "none"}; else the shipped.',
    )
    image_threads: int = Field(2, ge=1, le=64, description="CPU threads for looking at a picture.")

    @property
    def store_url(self) -> str:
        """URL of the database, SQLite in `data_dir` where none is set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'consultations.db'}"


@lru_cache(maxsize=1)
def current() -> Settings:
    """Return the settings of this process."""
    return Settings()
