"""Models as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from operation_server.models.schemas import ModelItem, TensorItem
from operation_server.serving.triton import ServedModel, Tensor


def model_items(served: Sequence[ServedModel], used: Sequence[tuple[str, str, datetime]]) -> list[ModelItem]:
    """The models that are served, and those that verdicts tell of, by name."""
    by_name = {m.name: m for m in served}
    items = []
    for name in sorted(by_name.keys() | {name for name, _, _ in used}):
        model = by_name.get(name)
        uses = [(version, last) for n, version, last in used if n == name]
        items.append(
            ModelItem(
                name=name,
                state=model.state if model else None,
                versions=model.versions if model else [],
                platform=model.platform if model else None,
                inputs=_tensors(model.inputs if model else []),
                outputs=_tensors(model.outputs if model else []),
                used_versions=[version for version, _ in uses],
                last_used=max((last for _, last in uses), default=None),
            )
        )
    return items


def _tensors(tensors: Sequence[Tensor]) -> list[TensorItem]:
    return [TensorItem.model_validate(tensor) for tensor in tensors]
