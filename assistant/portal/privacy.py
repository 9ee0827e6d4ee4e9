"""Keeps the ids of consultations, which give access to them, out of the web server's own logs."""

import logging
import re

_ID = re.compile(r"[0-9a-f]{32}")


class WithoutIds(logging.Filter):
    """Replaces every id in a log line, and in its arguments, by dots."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; always keep it."""
        record.msg = _clean(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_clean(argument) for argument in record.args)
        return True


def hide_ids() -> None:
    """Put the filter on the loggers of uvicorn, whichever of them is used."""
    for name in ("uvicorn.access", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        if not any(isinstance(f, WithoutIds) for f in logger.filters):
            logger.addFilter(WithoutIds())


def _clean(value: object) -> object:
    return _ID.sub("…", value) if isinstance(value, str) else value
