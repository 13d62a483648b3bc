"""Both forecasters compute the same: on real Triton, and in process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as triton

from detection.api import MODELS, ForecasterRefused, ForecasterUnavailable
from detection.forecasters.onnx import load_forecasters
from detection.forecasters.refusals import PATIENCE_S, UNBROKEN_S
from detection.forecasters.triton import TritonForecaster

REPOSITORY = Path(__file__).resolve().parents[2] / "triton-models" / "models"
WINDOW = np.zeros((1, 20), np.float32)


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def unloaded(url: str, model: str) -> Iterator[None]:
    """The model is not served; afterwards it is again."""
    server = triton.InferenceServerClient(url)
    server.unload_model(model)
    try:
        yield
    finally:
        server.load_model(model)
        server.close()


@pytest.mark.engines
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("count", [0, 1, 777])
def test_triton_and_onnx_runtime_agree(triton_url: str, model: str, count: int) -> None:
    """The same weights give the same forecasts within 1e-5, for any number of windows in one request."""
    (local,) = load_forecasters(REPOSITORY, (model,))
    served = TritonForecaster(triton_url, model)
    assert served.version == local.version
    windows = np.random.default_rng(count).standard_normal((count, 20)).cumsum(1).astype(np.float32)
    found = served.forecast(windows)
    assert found.shape == (count, 10)
    np.testing.assert_allclose(found, local.forecast(windows), rtol=1e-5, atol=1e-5)


@pytest.mark.engines
def test_a_model_that_is_not_served_is_unavailable(triton_url: str) -> None:
    """What the server does not serve is told apart from a wrong answer."""
    absent = TritonForecaster(triton_url, "no_such_model")
    with pytest.raises(ForecasterUnavailable, match="no_such_model"):
        absent.forecast(np.zeros((1, 20), np.float32))


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """Nothing listening is a state to wait out."""
    absent = TritonForecaster("127.0.0.1:1", "vae_timeseries", timeout_s=2.0)
    with pytest.raises(ForecasterUnavailable):
        absent.forecast(np.zeros((1, 20), np.float32))
    with pytest.raises(ForecasterUnavailable):
        _ = absent.version


@pytest.mark.engines
def test_a_wrong_request_is_refused_for_good(triton_url: str) -> None:
    """Windows of another length than the model's are refused at the first try, with what the server said."""
    served = TritonForecaster(triton_url, "vae_timeseries")
    with pytest.raises(ForecasterRefused, match=r"INVALID_ARGUMENT.*unexpected shape"):
        served.forecast(np.zeros((1, 19), np.float32))
    assert served.forecast(WINDOW).shape == (1, 10)


@pytest.mark.engines
def test_a_model_that_is_taken_away_is_waited_for_and_then_given_up(triton_url: str) -> None:
    """Refusals of a model that was served may pass for two minutes; then they are final, until it is served again."""
    clock, model = Clock(), "vae_timeseries"
    served = TritonForecaster(triton_url, model, monotonic=clock)
    assert served.forecast(WINDOW).shape == (1, 10)
    with unloaded(triton_url, model):
        while clock.now < PATIENCE_S:
            with pytest.raises(ForecasterUnavailable, match="no available versions"):
                served.forecast(WINDOW)
            with pytest.raises(ForecasterUnavailable, match="no available versions"):
                served.at(None)
            clock.now += UNBROKEN_S
        with pytest.raises(ForecasterRefused, match="no available versions"):
            served.forecast(WINDOW)
        with pytest.raises(ForecasterRefused, match="no available versions"):
            served.at(None)
    assert served.at(None).forecast(WINDOW).shape == (1, 10)
    with unloaded(triton_url, model), pytest.raises(ForecasterUnavailable):
        served.forecast(WINDOW)
