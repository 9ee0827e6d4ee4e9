"""One module a command: `add` describes it to the parser, `run` does it.

What a command needs is imported inside `run`: the help must not wait for models.
"""

from assistant.commands import (
    assess,
    consult,
    doctor,
    evaluate,
    index,
    knowledge,
    look,
    search,
    serve,
    train,
    transcribe,
)

ALL = (serve, consult, assess, search, transcribe, look, index, knowledge, train, evaluate, doctor)
