"""The errors that stop a command, and their exit statuses."""

from __future__ import annotations

from typing import ClassVar


class CommandError(Exception):
    """A command cannot do what it was asked; the message says what, where and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(CommandError):
    """The arguments, or a file that they name, cannot be used."""

    exit_code = 2


class KafkaUnreachableError(CommandError):
    """Kafka did not take the messages."""

    exit_code = 3


class ApiUnreachableError(CommandError):
    """The public API did not answer."""

    exit_code = 4


class BadSettingsError(CommandError):
    """The settings cannot be used."""

    exit_code = 78


EXIT_MEANINGS: dict[int, str] = {
    0: "all is done",
    1: "not every verdict came in time",
    UsageError.exit_code: "the arguments or a file cannot be used",
    KafkaUnreachableError.exit_code: "Kafka did not take the telemetry",
    ApiUnreachableError.exit_code: "the public API did not answer",
    BadSettingsError.exit_code: "the settings (PASSWATCH_*) cannot be used",
}
"""What each exit status says."""
