"""A network with the weights of an exported one: training can go on from what is served.

The exporter keeps the names of most parameters; it transposes and renames the matrices of linear layers that are
applied to sequences, in the order in which they are used, and leaves out what forecasting does not need. That all were
found is checked: the network must forecast what the ONNX file forecasts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from training.data import WINDOW
from training.networks import NETWORKS, Normalised

TOLERANCE = 1e-5
QUIET_LOG_VARIANCE = -8.0
"""Of the autoencoder's latent, whose spread is not exported: little noise at first."""


class WeightsError(RuntimeError):
    """The ONNX file does not hold the weights of the network."""


def network_of(name: str, path: Path) -> Normalised:
    """The network ``name`` with the weights of ``path``.

    Raises:
        WeightsError: it does not forecast what the file does.
    """
    network = NETWORKS[name]()
    graph = onnx.load(path).graph
    held = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    order = [operand for node in graph.node for operand in node.input if operand in held]
    unnamed = [held[n] for n in dict.fromkeys(order) if n.startswith("val_") and held[n].ndim == 2]  # noqa: PLR2004
    state = network.state_dict()
    for parameter, value in state.items():
        if parameter in held:
            found = held[parameter]
        elif parameter.startswith("log_variance"):
            found = np.full(value.shape, QUIET_LOG_VARIANCE if parameter.endswith("bias") else 0.0)
        else:
            at = next((i for i, matrix in enumerate(unnamed) if matrix.T.shape == tuple(value.shape)), None)
            if at is None:
                raise WeightsError(f"{path} has nothing for {parameter}")
            found = unnamed.pop(at).T
        state[parameter] = torch.from_numpy(np.array(found, dtype=np.float32))
    network.load_state_dict(state)
    _check(network.eval(), path)
    return network


def _check(network: Normalised, path: Path) -> None:
    cut = np.random.default_rng(3).standard_normal((64, WINDOW)).cumsum(1).astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        difference = np.abs(network(torch.from_numpy(cut)).numpy() - session.run(None, {"windows": cut})[0]).max()
    if difference > TOLERANCE * max(1.0, float(np.abs(cut).max())):
        raise WeightsError(f"{path}: with its weights the network's forecasts differ by {difference:.2g}")
