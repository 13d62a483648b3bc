"""The two networks: a window of 20 samples in, the next 10 out, both in units of the channel's nominal spread."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WINDOW, HORIZON = 20, 10
FLOOR = 1e-2
"""Added to a window's variance, in squared nominal spreads: a flat window's noise is not blown up to full size."""


class Normalised(nn.Module):
    """Forecasts changes from the window's last value in units of the window's own spread.

    A level that was never trained on is then forecast as well as any other.
    """

    def normalise(self, window: Tensor) -> tuple[Tensor, Tensor]:
        """The window [B, 20] without its level and spread, and the spread [B, 1]."""
        mean = window.mean(1, keepdim=True)
        centred = window - mean
        spread = torch.sqrt(centred.square().mean(1, keepdim=True) + FLOOR)
        return centred / spread, spread

    def changes(self, normal: Tensor) -> Tensor:
        """Changes from the last value, [B, 10], of a normalised window [B, 20]."""
        raise NotImplementedError

    def forward(self, window: Tensor) -> Tensor:
        """Forecast [B, 10] of windows [B, 20]."""
        normal, spread = self.normalise(window)
        return window[:, -1:] + spread * self.moves(normal)

    def moves(self, normal: Tensor) -> Tensor:
        """The changes, such that a window that does not move goes on unmoved."""
        return self.changes(normal) - self.changes(torch.zeros_like(normal[:1]))

    def loss(self, window: Tensor, future: Tensor) -> Tensor:
        """What training minimises: the forecast's error in units of the window's spread, outliers damped."""
        normal, spread = self.normalise(window)
        return functional.smooth_l1_loss(self.moves(normal), (future - window[:, -1:]) / spread, beta=0.5)


class VaeTimeseries(Normalised):
    """A variational autoencoder of the window whose latent also decodes to what follows."""

    def __init__(self, latent: int = 32, hidden: int = 192, kl_weight: float = 1e-4) -> None:
        super().__init__()
        self.kl_weight = kl_weight
        self.encoder = nn.Sequential(nn.Linear(WINDOW, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, WINDOW + HORIZON),
        )

    def changes(self, normal: Tensor) -> Tensor:
        """The decoder's continuation of the latent's mean: serving draws nothing at random."""
        return self.decoder(self.mean(self.encoder(normal)))[:, WINDOW:]

    def loss(self, window: Tensor, future: Tensor) -> Tensor:
        """Forecast error, reconstruction error and the latent's divergence from a standard normal."""
        normal, spread = self.normalise(window)
        code = self.encoder(normal)
        mean, log_variance = self.mean(code), self.log_variance(code).clamp(-12, 6)
        decoded = self.decoder(mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance))
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        target = (future - window[:, -1:]) / spread
        unmoved = self.changes(torch.zeros_like(normal[:1]))
        forecast = functional.smooth_l1_loss(decoded[:, WINDOW:] - unmoved, target, beta=0.5)
        reconstruction = functional.smooth_l1_loss(decoded[:, :WINDOW], normal, beta=0.5)
        return forecast + 0.2 * reconstruction + self.kl_weight * divergence


class Block(nn.Module):
    """One Transformer layer, normalised before attention and before the feed-forward part."""

    def __init__(self, d_model: int, nhead: int, feed_forward: int) -> None:
        super().__init__()
        self.nhead = nhead
        self.before_attention, self.before_feed = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.query_key_value, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)
        self.feed = nn.Sequential(nn.Linear(d_model, feed_forward), nn.ReLU(), nn.Linear(feed_forward, d_model))

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens [B, T, d_model] to the same shape."""
        length, width = tokens.shape[1], tokens.shape[2]
        shape = (-1, length, 3, self.nhead, width // self.nhead)
        query, key, value = self.query_key_value(self.before_attention(tokens)).reshape(shape).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(-1, length, width)
        tokens = tokens + self.out(mixed)
        return tokens + self.feed(self.before_feed(tokens))


class TransformerTimeseries(Normalised):
    """A Transformer over the 20 samples and their differences; every position speaks in the forecast."""

    def __init__(self, d_model: int = 64, nhead: int = 4, layers: int = 2, feed_forward: int = 128) -> None:
        super().__init__()
        self.embed = nn.Linear(2, d_model)
        self.position = nn.Parameter(0.1 * torch.randn(WINDOW, d_model))
        self.blocks = nn.ModuleList(Block(d_model, nhead, feed_forward) for _ in range(layers))
        self.norm = nn.LayerNorm(d_model)
        self.narrow, self.head = nn.Linear(d_model, 8), nn.Linear(8 * WINDOW, HORIZON)

    def changes(self, normal: Tensor) -> Tensor:
        """Embed, mix, and read the forecast off all positions."""
        steps = functional.pad(normal[:, 1:] - normal[:, :-1], (1, 0))
        tokens = self.embed(torch.stack((normal, steps), 2)) + self.position
        for block in self.blocks:
            tokens = block(tokens)
        return self.head(self.narrow(self.norm(tokens)).reshape(-1, 8 * WINDOW))


NETWORKS: dict[str, type[Normalised]] = {
    "vae_timeseries": VaeTimeseries,
    "transformer_timeseries": TransformerTimeseries,
}
