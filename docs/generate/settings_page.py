"""docs/settings.md: every environment variable, from the Settings class of each service."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.generate.markdown import code, page, table
from docs.generate.packages import Package, services
from passwatch.settings import PREFIX, ServiceSettings

INTRODUCTION = f"""\
A service reads its settings once, from environment variables that begin with `{PREFIX}`. A variable that is missing,
invalid or unknown to the service stops it with exit status 78 and one line per variable, so a misspelt name never goes
unnoticed. The names are the same however the service is started."""


def settings_of(service: Package) -> list[type[ServiceSettings]]:
    """The settings classes that the service declares, one per command that differs; that of ``run`` is the last."""
    module = service.module("settings")
    declared = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
    return sorted((c for c in declared if issubclass(c, ServiceSettings)), key=lambda c: c.__name__ == "Settings")


@cache
def variables() -> dict[str, dict[str, FieldInfo]]:
    """The fields by variable name, for each service by the name of its folder."""
    return {
        service.part: {k: v for cls in settings_of(service) for k, v in _fields(cls).items()} for service in services()
    }


def render() -> str:
    """The page."""
    declared = variables()
    common = _fields(ServiceSettings)
    parts = [INTRODUCTION, "## Every service", _table(common)]
    for service, fields in declared.items():
        own = {name: field for name, field in fields.items() if name not in common}
        parts += [f"## {service}", _table(own)]
    return page("Settings", *parts)


def _fields(cls: type[BaseModel]) -> dict[str, FieldInfo]:
    return {PREFIX + name.upper(): field for name, field in cls.model_fields.items()}


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = [(code(name), _default(field), field.description or "") for name, field in sorted(fields.items())]
    return table(("variable", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "**required**"
    text = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
    return code(text) or "empty"
