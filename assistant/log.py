"""Logging without patients: the kind of an error and its place, never its words."""

import logging
from types import TracebackType

log = logging.getLogger("anamnesis")


def failure(component: str, error: BaseException) -> None:
    """Log that a component failed: type and code line only, since messages may quote input."""
    log.error("%s failed: %s at %s", component, type(error).__name__, _place(error.__traceback__))


def _place(trace: TracebackType | None) -> str:
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
