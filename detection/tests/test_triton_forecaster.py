"""Both forecasters compute the same: on real Triton, and in process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detection.api import MODELS, ForecasterUnavailable
from detection.forecasters.onnx import load_forecasters
from detection.forecasters.triton import TritonForecaster

REPOSITORY = Path(__file__).resolve().parents[2] / "triton-models" / "models"


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
