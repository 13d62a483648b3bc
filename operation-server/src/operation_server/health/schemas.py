"""Health of the service and of what it depends on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from operation_server.web.schemas import ApiModel, example


class Alive(ApiModel):
    """The process answers."""

    model_config = example({"status": "alive"})

    status: Literal["alive"] = "alive"


class CheckItem(ApiModel):
    """What a probe found."""

    ok: bool
    required: bool = Field(description="whether the service is not ready without it")
    detail: str


class Readiness(ApiModel):
    """Whether the service can do its work, and per dependency why (not)."""

    model_config = example(
        {
            "ready": True,
            "degraded": False,
            "checks": {"postgres": {"ok": True, "required": True, "detail": "schema 0001, 2 ms"}},
        }
    )

    ready: bool = Field(description="every required check is well")
    degraded: bool = Field(description="some other check is not")
    checks: dict[str, CheckItem]
