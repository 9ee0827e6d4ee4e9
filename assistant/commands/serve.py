"""`anamnesis serve`: the web chat and the REST API, the same as `python app.py`."""

import argparse

from assistant.commands.common import Subparsers, assistant, settings


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("serve", help="serve the web chat and the REST API")
    command.add_argument("--host", help="instead of the setting's")
    command.add_argument("--port", type=_port, help="instead of the setting's")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    import uvicorn

    from assistant.assembly import build_eyes
    from assistant.portal import create_app
    from assistant.service import ConsultationService
    from assistant.store import Store
    from assistant.ui.mounting import mount_chat

    given = {"host": args.host, "port": args.port}
    chosen = settings(**{name: value for name, value in given.items() if value is not None})
    store, eyes = Store(chosen.store_url), build_eyes(chosen)
    service = ConsultationService(assistant(chosen), store, chosen, eyes)
    app = mount_chat(create_app(service, chosen), service, chosen)
    print(f"Open http://{chosen.host}:{chosen.port}{chosen.root_path}", flush=True)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        root_path=chosen.root_path,
        log_level=chosen.log_level,
        ws_max_size=65_536,
        ws_max_queue=16,
        ws_ping_timeout=60.0,  # a pong waits behind sound that is being listened to
        access_log=False,  # addresses hold the ids that give access
    )
    return 0


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("must be a whole number from 1 to 65535")
