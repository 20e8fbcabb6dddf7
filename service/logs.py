"""Logs: one line for each event on stderr, for people or as JSON. What may be in them is decided where they are written."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(format: str, *, quiet: bool = False) -> None:
    """quiet: warnings and worse only."""
    renderer = structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
