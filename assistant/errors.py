"""Errors a caller may catch. No message ever repeats what a patient said."""


class AssistantError(Exception):
    """Base of all our errors; `str(error)` may be shown to any user."""


class InvalidRecordError(AssistantError):
    """A record was built with a value outside its range."""

    def __init__(self, field: str, expected: str) -> None:
        self.field, self.expected = field, expected
        super().__init__(f"{field} must be {expected}.")


class InputLimitError(AssistantError):
    """An input is larger than its limit; nothing of it was read."""

    def __init__(self, what: str, limit: int, unit: str) -> None:
        self.what, self.limit, self.unit = what, limit, unit
        super().__init__(f"The {what} is too long: the limit is {limit} {unit}.")


class InvalidInputError(AssistantError):
    """An input cannot be used as it is; the message says what to do."""


class MissingExtraError(AssistantError):
    """A back-end was chosen whose optional dependency is not installed."""

    def __init__(self, backend: str, extra: str) -> None:
        self.backend, self.extra = backend, extra
        super().__init__(f"{backend} is not installed: pip install 'anamnesis[{extra}]'.")


class UnknownBackendError(AssistantError):
    """A name in the settings that no table lists."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        self.kind, self.name, self.known = kind, name, known
        super().__init__(f"There is no {kind} called {name!r}; choose one of {', '.join(known)}.")


class ModelFileError(AssistantError):
    """A model file is missing, or its SHA-256 is not the one in the manifest."""

    def __init__(self, model: str, problem: str) -> None:
        self.model, self.problem = model, problem
        super().__init__(f"Model {model}: {problem}")


class KnowledgeError(AssistantError):
    """The knowledge base is missing or not sound."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        shown = "; ".join(problems[:5])
        super().__init__(f"{len(problems)} problem(s) in knowledge/: {shown}")


class UnknownConsultationError(AssistantError):
    """No consultation has this id (it was erased, or never existed)."""

    def __init__(self) -> None:
        super().__init__("There is no such consultation; it may have been erased. Start a new one.")


class UnknownPictureError(AssistantError):
    """A consultation keeps no picture of this number (it was refused, or taken back)."""

    def __init__(self) -> None:
        super().__init__("There is no such picture in this consultation; it may have been erased.")


class ConsultationConflictError(AssistantError):
    """Two turns of one consultation came at the same time; the later one was not taken."""

    def __init__(self) -> None:
        super().__init__("This consultation has moved on meanwhile; look at it again, then repeat.")
