"""What is logged, and how: uvicorn's way for our own messages too, and never a key, wherever one got into a message."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.logging import AccessFormatter, DefaultFormatter

from graph.store import keys

if TYPE_CHECKING:
    from app.settings import Settings


class _Discreet(logging.Formatter):
    """Shortens keys to their public half: in URLs, in messages, in tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return keys.SPELLED.sub(r"\1_...", super().format(record))


class Messages(_Discreet, DefaultFormatter):
    """A line for what happened."""


class Requests(_Discreet, AccessFormatter):
    """A line for each request, its URL included."""


def logging_config(settings: Settings) -> dict[str, Any]:
    """What `logging.config` is told, at the level that is set."""
    config = deepcopy(uvicorn.config.LOGGING_CONFIG)
    level = settings.log_level.upper()
    config["formatters"]["default"]["()"] = Messages
    config["formatters"]["access"]["()"] = Requests
    config["loggers"]["entente"] = {"handlers": ["default"], "level": level, "propagate": False}
    config["loggers"]["uvicorn"]["level"] = level
    config["loggers"]["uvicorn.error"]["level"] = level
    return config
