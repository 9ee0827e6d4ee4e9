"""Start the web app: settings in, a running server out."""

import uvicorn

from assistant.assembly import build_assistant
from assistant.portal import create_app
from assistant.service import ConsultationService
from assistant.settings import current
from assistant.store import Store
from assistant.ui.mounting import mount_chat


def main() -> None:
    """Serve the page and the REST API until interrupted."""
    settings = current()
    service = ConsultationService(build_assistant(settings), Store(settings.store_url), settings)
    app = mount_chat(create_app(service, settings), service, settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        log_level=settings.log_level,
        ws_max_size=65_536,
        ws_max_queue=16,
        ws_ping_timeout=60.0,  # a pong waits behind sound that is being listened to
        access_log=False,  # addresses hold the ids that give access
    )


if __name__ == "__main__":
    main()
