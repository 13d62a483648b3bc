"""The training loop: seeded, stopping early, and resumable from its last whole epoch."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.data import WINDOW, Series
from training.networks import NETWORKS, Normalised


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How a network is trained."""

    seed: int = 20
    batch: int = 256
    steps_per_epoch: int = 200
    epochs: int = 30
    patience: int = 6
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4


@dataclass(slots=True)
class Curve:
    """One number per epoch: training loss, and the forecast's error on validation windows."""

    train: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)

    @property
    def best(self) -> int:
        """The epoch whose weights are kept."""
        return int(np.argmin(self.validation))


Report = Callable[[int, float, float], None]


def train(
    name: str,
    train_cut: Series,
    validation_cut: Series,
    how: Hyperparameters,
    folder: Path,
    report: Report,
    start: Normalised | None = None,
) -> tuple[Normalised, Curve]:
    """Train the network ``name``, from ``start`` if it is given; the best epoch's weights and the curve.

    A checkpoint in ``folder`` made with the same data and hyperparameters is gone on from; ``report`` is called after
    every epoch with its number and both losses.
    """
    torch.manual_seed(how.seed)
    network = NETWORKS[name]() if start is None else copy.deepcopy(start)
    optimiser = torch.optim.AdamW(network.parameters(), lr=how.learning_rate, weight_decay=how.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda epoch: _rate(epoch, how))
    validation = torch.from_numpy(validation_cut)
    data = torch.from_numpy(train_cut)
    key = f"{asdict(how)} {_digest(train_cut, validation_cut)} {start is not None}"
    checkpoint = folder / f"{name}.checkpoint.pt"
    curve, weights = Curve(), network.state_dict()
    if checkpoint.exists() and (saved := torch.load(checkpoint))["key"] == key:
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        curve, weights = Curve(**saved["curve"]), saved["best"]
    for epoch in range(len(curve.train), how.epochs):
        if epoch - curve.best >= how.patience if curve.validation else False:
            break
        torch.manual_seed(how.seed * 1000 + epoch)
        loss = _epoch(network, optimiser, _batches(data, how, epoch))
        schedule.step()
        curve.train.append(loss)
        curve.validation.append(error(network, validation))
        if curve.best == epoch:
            weights = {name: value.clone() for name, value in network.state_dict().items()}
        report(epoch, loss, curve.validation[-1])
        folder.mkdir(parents=True, exist_ok=True)
        _save(checkpoint, key, network, optimiser, schedule, curve, weights)
    network.load_state_dict(weights)
    return network.eval(), curve


def error(network: Normalised, cut: torch.Tensor) -> float:
    """Mean absolute error of the forecasts of windows [n, 30], in nominal spreads."""
    network.eval()
    with torch.no_grad():
        parts = [(network(part[:, :WINDOW]) - part[:, WINDOW:]).abs().mean(1) for part in torch.split(cut, 4096)]
    return float(torch.cat(parts).mean())


def _digest(*cuts: Series) -> str:
    """What a checkpoint must have been made with: the same windows and the same network code."""
    digest = hashlib.sha256(Path(__file__).with_name("networks.py").read_bytes())
    for cut in cuts:
        digest.update(cut.tobytes())
    return digest.hexdigest()


def _rate(epoch: int, how: Hyperparameters) -> float:
    """Cosine from 1 to 0.02, so that a resumed run has the rate that it would have had."""
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / how.epochs)))


def _batches(data: torch.Tensor, how: Hyperparameters, epoch: int) -> Iterator[torch.Tensor]:
    generator = torch.Generator().manual_seed(how.seed * 1000 + epoch)
    for _ in range(how.steps_per_epoch):
        yield data[torch.randint(len(data), (how.batch,), generator=generator)]


def _epoch(network: Normalised, optimiser: torch.optim.Optimizer, batches: Iterator[torch.Tensor]) -> float:
    network.train()
    losses = []
    for batch in batches:
        optimiser.zero_grad(set_to_none=True)
        loss = network.loss(batch[:, :WINDOW], batch[:, WINDOW:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def _save(
    path: Path, key: str, network: Normalised, optimiser: Any, schedule: Any, curve: Curve, weights: dict[str, Any]
) -> None:
    temporary = path.with_suffix(".tmp")
    torch.save(
        {
            "key": key,
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
            "curve": asdict(curve),
            "best": weights,
        },
        temporary,
    )
    temporary.replace(path)
