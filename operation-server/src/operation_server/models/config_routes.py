"""The models, as far as this installation is configured with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from operation_server.judgements import queries as judgements
from operation_server.models.answers import model_items
from operation_server.models.schemas import ModelConfigList, ServingState
from operation_server.services import ReaderDep, provided
from operation_server.serving.triton import READY, Serving, TritonDown

router = APIRouter(prefix="/config", tags=["config"])


@router.get("/models")
def models(reader: ReaderDep, serving: Annotated[Serving, provided(Serving)]) -> ModelConfigList:
    """The models that Triton serves, and those that have taken part in verdicts."""
    with reader.connect() as connection:
        used = judgements.models_used(connection)
    try:
        served = serving.models()
        ready = sum(m.state == READY for m in served)
        return ModelConfigList(
            serving=ServingState(ok=True, detail=f"{ready} of {len(served)} models ready"),
            items=model_items(served, used),
        )
    except TritonDown as error:
        detail = f"Triton does not answer: {error}".splitlines()[0]
        return ModelConfigList(serving=ServingState(ok=False, detail=detail), items=model_items([], used))
