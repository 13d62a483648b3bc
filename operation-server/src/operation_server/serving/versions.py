"""Which versions are wanted, and having them served."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import structlog

from operation_server.serving.repository import ModelRepository, Version
from operation_server.serving.triton import Serving

log = structlog.get_logger()


def wanted_numbers(versions: Sequence[Version], fitted_with: Collection[Mapping[str, str]]) -> set[int]:
    """The versions that serve everything that these calibrations were fitted with, as far as there are any; pure.

    Of versions that share a model's weights the newest counts.
    """
    numbers = set()
    for models in fitted_with:
        whole = [v.number for v in versions if models and dict(v.models) == dict(models)]
        if whole:
            numbers.add(whole[-1])
            continue
        for model, weights in models.items():
            numbers |= set([v.number for v in versions if v.models.get(model) == weights][-1:])
    return numbers


def serve(repository: ModelRepository, serving: Serving, numbers: set[int]) -> None:
    """Have exactly these versions served, now and after a restart of the server.

    Raises:
        RepositoryError: there is no such version.
        TritonDown, LoadRefused: Triton does not serve them; it will when it is started anew.
    """
    changed = repository.choose(numbers)
    for model in repository.models:
        if changed or serving.versions(model) != numbers:
            serving.load(model)
            log.info("model_loaded", model=model, versions=sorted(numbers))
