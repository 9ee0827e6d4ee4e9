"""From the operator's file to models, each imported only because it was chosen."""

from collections.abc import Mapping

from assistant.errors import InvalidInputError
from assistant.imaging.backends import OTHERS
from assistant.imaging.backends.choosing import read_choices
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.scoring import Task
from assistant.registry import Registry
from assistant.settings import Settings

OTHER_MODELS: Registry[ForeignModel] = Registry("image model", OTHERS)


def chosen_backends(settings: Settings) -> dict[str, str]:
    """Return the back-end that an operator named for each task; empty where none is named."""
    if settings.image_models_file is None:
        return {}
    return {
        task: choice.backend for task, choice in read_choices(settings.image_models_file).items()
    }


def build(settings: Settings, tasks: Mapping[str, Task]) -> dict[str, ForeignModel]:
    """Return the operator's models by task; they take the place of the one that ships.

    `tasks` is the closed list of what may be said. Raises InvalidInputError, ModelFileError or
    MissingExtraError: a model that was asked for and is not there is never replaced in silence.
    """
    if settings.image_models_file is None:
        return {}
    built = {}
    for name, choice in read_choices(settings.image_models_file).items():
        if name not in tasks:
            known = ", ".join(sorted(tasks))
            raise InvalidInputError(f"There is no image task called {name}; choose one of {known}.")
        built[name] = OTHER_MODELS.create(
            choice.backend,
            choice=choice,
            task=tasks[name],
            cache=settings.data_dir,
            prompts_dir=settings.prompts_dir,
            allow_network=settings.allow_network,
            url=settings.vision_url,
            key_file=settings.vision_key_file,
            model=settings.vision_model,
            seconds=settings.vision_seconds,
        )
    return built
