"""The REST API and the ground that the page stands on: limits, headers, problem documents."""

from assistant.portal.app import create_app

__all__ = ["create_app"]
