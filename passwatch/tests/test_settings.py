from pathlib import Path

import pytest
from pydantic import Field

from passwatch.settings import KafkaSettings, MissionSettings, ServiceSettings, SettingsError, read_settings


class Settings(ServiceSettings, KafkaSettings, MissionSettings):
    batch_size: int = Field(10, ge=1, description="how many")


GOOD = {"PASSWATCH_KAFKA_BOOTSTRAP": "127.0.0.1:9092", "PASSWATCH_MISSIONS_DIR": "missions"}


def test_values_are_read_and_typed() -> None:
    """Variables become typed fields, and what is not given has its default."""
    settings = read_settings(Settings, GOOD | {"PASSWATCH_BATCH_SIZE": "3", "HOME": "/root"})
    assert (settings.batch_size, settings.missions_dir, settings.log_format) == (3, Path("missions"), "auto")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"PASSWATCH_BATCH_SIZE": "many"}, "PASSWATCH_BATCH_SIZE: Input should be a valid integer"),
        ({"PASSWATCH_BATCH_SIZE": "0"}, "PASSWATCH_BATCH_SIZE: Input should be greater than or equal to 1"),
        ({"PASSWATCH_BACH_SIZE": "3"}, "PASSWATCH_BACH_SIZE: no such setting; did you mean PASSWATCH_BATCH_SIZE?"),
        ({"PASSWATCH_LOG_LEVEL": "loud"}, "PASSWATCH_LOG_LEVEL: Input should be"),
    ],
)
def test_what_cannot_be_used_is_named(change: dict[str, str], message: str) -> None:
    """An invalid or unknown variable is refused with a message that names it."""
    with pytest.raises(SettingsError, match=message.replace("?", r"\?")):
        read_settings(Settings, GOOD | change)


def test_every_problem_is_told_at_once() -> None:
    """All missing variables are named in one message, a line each."""
    with pytest.raises(SettingsError) as error:
        read_settings(Settings, {})
    assert sorted(str(error.value).splitlines()) == [
        "PASSWATCH_KAFKA_BOOTSTRAP: not set",
        "PASSWATCH_MISSIONS_DIR: not set",
    ]


def test_no_value_is_shown() -> None:
    """A message about a variable does not repeat its value, which may be a secret."""
    with pytest.raises(SettingsError) as error:
        read_settings(Settings, GOOD | {"PASSWATCH_BATCH_SIZE": "hunter2"})
    assert "hunter2" not in str(error.value)


class CommandSettings(ServiceSettings, KafkaSettings):
    pass


def test_a_command_may_run_where_its_service_runs() -> None:
    """What only the service declares is let through unread for its command; what neither knows is refused."""
    given = GOOD | {"PASSWATCH_BATCH_SIZE": "not read"}
    assert read_settings(CommandSettings, given, beside=Settings).kafka_bootstrap == "127.0.0.1:9092"
    with pytest.raises(SettingsError, match="PASSWATCH_BATCH_SIZE: no such setting"):
        read_settings(CommandSettings, given)
    with pytest.raises(SettingsError, match="PASSWATCH_BACH_SIZE: no such setting"):
        read_settings(CommandSettings, given | {"PASSWATCH_BACH_SIZE": "1"}, beside=Settings)
