"""Which of ONNX Runtime's execution providers an instance of a model runs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"


class WrongProvider(Exception):
    """The session does not run where its instance was to run."""


def providers(instance_kind: str, device_id: str) -> list[Any]:
    """The providers for a Triton instance of kind ``CPU`` or ``GPU``."""
    if instance_kind == "GPU":
        return [(CUDA, {"device_id": int(device_id)})]
    return [CPU]


def check(instance_kind: str, running: Sequence[str]) -> None:
    """Refuse what ONNX Runtime does silently: it takes the CPU when CUDA cannot be loaded.

    Raises:
        WrongProvider: the instance is of kind ``GPU``, and the session's first provider is not CUDA's.
    """
    if instance_kind == "GPU" and list(running[:1]) != [CUDA]:
        raise WrongProvider(
            f"the instance is of kind GPU, but ONNX Runtime runs it by {', '.join(running) or 'nothing'}: "
            "CUDA or cuDNN could not be loaded, or no GPU is seen; ONNX Runtime's own message is above"
        )
