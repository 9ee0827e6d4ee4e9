"""From a name in the settings to an object, through explicit tables."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Generic, NamedTuple, TypeVar, cast

from assistant.errors import MissingExtraError, UnknownBackendError

T = TypeVar("T")


class Backend(NamedTuple):
    """Where a back-end lives ("module:Name"), what it imports, which extra brings that."""

    target: str
    requires: str | None = None
    extra: str = ""


class Registry(Generic[T]):
    """The back-ends of one kind of part."""

    def __init__(self, kind: str, backends: Mapping[str, Backend]) -> None:
        self.kind, self.backends = kind, dict(backends)  # a copy: nobody edits our table

    def available(self, name: str) -> bool:
        """Return whether the back-end called `name` could be imported here."""
        requires = self.backends[name].requires
        return requires is None or find_spec(requires) is not None

    def create(self, name: str, **options: object) -> T:
        """Import the back-end called `name` and build it with `options`."""
        if name not in self.backends:
            raise UnknownBackendError(self.kind, name, sorted(self.backends))
        target, requires, extra = self.backends[name]
        module, _, attribute = target.partition(":")
        try:
            factory = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if requires is None or (error.name or "").split(".")[0] != requires:
                raise  # a bug of ours, not an extra the user forgot
            raise MissingExtraError(name, extra) from error
        return cast(T, factory(**options))
