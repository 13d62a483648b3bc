"""The model repository on disk, and which of its versions are wanted."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operation_server.serving.repository import (
    ModelRepository,
    RepositoryError,
    Version,
    Weights,
    configured,
    with_versions,
)
from operation_server.serving.versions import wanted_numbers

SHIPPED = Path(__file__).resolve().parents[2] / "triton-models/models"
MODELS = ("transformer_timeseries", "vae_timeseries")
CONFIGURATION = (SHIPPED / "vae_timeseries/config.pbtxt").read_text()


def version(number: int, **models: str) -> Version:
    return Version(number, models, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def repository(tmp_path: Path) -> ModelRepository:
    """Version 1 of both models, with small weights."""
    for model in MODELS:
        folder = tmp_path / model / "1"
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(model.encode())
        (folder / "model.py").write_text("code")
        (tmp_path / model / "config.pbtxt").write_text((SHIPPED / model / "config.pbtxt").read_text())
    return ModelRepository(tmp_path)


@given(st.dictionaries(st.integers(1, 99), st.text("0123456789abcdef", min_size=64, max_size=64), min_size=1))
@settings(deadline=None)
def test_a_configuration_says_what_it_was_told(weights: dict[int, str]) -> None:
    """The versions can be read back, each one's weights are named once, and everything else stays as it is."""
    made = with_versions(CONFIGURATION, weights)
    assert configured(made) == set(weights)
    assert [made.count(f'"sha256.{number}"') for number in weights] == [1] * len(weights)
    assert with_versions(made, {1: "0" * 64}) == with_versions(CONFIGURATION, {1: "0" * 64})
    rest = [line for line in CONFIGURATION.splitlines() if "version_policy" not in line and "sha256" not in line]
    assert [line for line in made.splitlines() if "version_policy" not in line and "sha256" not in line] == rest


def test_a_configuration_of_another_form_is_refused() -> None:
    """What training has not written is not guessed at."""
    with pytest.raises(RepositoryError, match="parameters"):
        with_versions('name: "other"\n', {1: "0" * 64})


def test_a_version_is_added_beside_the_others_and_not_served(repository: ModelRepository, tmp_path: Path) -> None:
    """It gets the next number, its manifest says which weights it has, and the configuration stays with version 1."""
    repository.choose({1})
    added = repository.add({model: Weights(b"new " + model.encode(), {"model": model}) for model in MODELS})
    assert added.number == 2
    sha256 = {model: hashlib.sha256(b"new " + model.encode()).hexdigest() for model in MODELS}
    assert added.models == {model: digits[:12] for model, digits in sha256.items()}
    assert {m: said["onnx_sha256"] for m, said in repository.manifests(2).items()} == sha256
    assert repository.chosen() == {1}
    assert (tmp_path / "vae_timeseries/2/model.py").read_text() == "code"


def test_a_version_needs_weights_of_all_models(repository: ModelRepository) -> None:
    """Half a version is refused, and leaves nothing behind."""
    with pytest.raises(RepositoryError, match="vae_timeseries"):
        repository.add({"transformer_timeseries": Weights(b"new", {})})
    assert [v.number for v in repository.versions()] == [1]


def test_only_what_there_is_can_be_chosen(repository: ModelRepository) -> None:
    """A number without weights, or no number at all, is refused, and the configuration stays."""
    repository.choose({1})
    for numbers in ({1, 7}, set[int]()):
        with pytest.raises(RepositoryError):
            repository.choose(numbers)
    assert repository.chosen() == {1}


def test_wanted_are_the_versions_that_calibrations_were_fitted_with() -> None:
    """Of versions with the same weights the newest; weights that nobody has want nothing."""
    versions = [version(1, vae="a", other="b"), version(2, vae="c", other="b"), version(3, vae="c", other="b")]
    assert wanted_numbers(versions, [{"vae": "a", "other": "b"}]) == {1}
    assert wanted_numbers(versions, [{"vae": "c", "other": "b"}, {"vae": "a", "other": "b"}]) == {1, 3}
    assert wanted_numbers(versions, [{"vae": "gone", "other": "gone"}, {}]) == set()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=5), st.data())
@settings(deadline=None)
def test_what_is_wanted_serves_everything_that_can_be_served(
    weights: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Every weights that a calibration names, and some version has, are among those of the wanted versions."""
    versions = [version(i + 1, vae=a, other=b) for i, (a, b) in enumerate(weights)]
    fitted = data.draw(
        st.lists(st.fixed_dictionaries({"vae": st.sampled_from("abc"), "other": st.sampled_from("xyz")}))
    )
    numbers = wanted_numbers(versions, fitted)
    served = {item for v in versions if v.number in numbers for item in v.models.items()}
    there = {item for v in versions for item in v.models.items()}
    assert {item for models in fitted for item in models.items()} & there <= served
