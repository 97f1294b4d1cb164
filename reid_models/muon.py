"""Muon: momentum whose matrices are made orthogonal before they are applied.

Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024. A convolution's
gradient is mostly a few directions; giving all of them the same length learns from far fewer crops
than Adam (docs/accuracy.md, "The light recipe"). The length of a step is chosen as by Liu et al.,
Muon is Scalable for LLM Training, 2025, so that rate and decay mean what they mean to AdamW, by
which everything that is not a matrix, and the classifiers, are learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor

__all__ = ["Muon", "orthogonalised"]

_A, _B, _C = 3.4445, -4.7750, 2.0315
"""Jordan's quintic: brings singular values into about 0.7 … 1.2 in five rounds."""
_ROUNDS = 5
_RMS = 0.2
"""Of an update's entries, as Liu et al. measured it for AdamW."""
_BETAS, _EPS = (0.9, 0.99), 1e-8


def orthogonalised(matrix: Tensor) -> Tensor:
    """The nearest matrix with orthogonal rows or columns, roughly: all singular values near 1.

    Newton–Schulz on the smaller Gram matrix: every round is a polynomial of it, so that the large
    matrix is multiplied twice, whatever the number of rounds.

    Args:
        matrix: float32 (R, C).

    Returns:
        float32 (R, C); zeros for zeros.
    """
    x = matrix / (matrix.norm() + 1e-7)
    if x.size(0) > x.size(1):
        return orthogonalised(matrix.T).T
    gram = x @ x.T
    whole = torch.eye(len(gram), dtype=x.dtype, device=x.device)
    one = whole
    for _ in range(_ROUNDS):
        polynomial = _A * one + _B * gram + _C * (gram @ gram)
        whole = polynomial @ whole
        gram = polynomial @ (polynomial @ gram)
    return whole @ x


class Muon(torch.optim.Optimizer):
    """Muon for the matrices, AdamW for the rest; both with decoupled weight decay.

    A convolution (O, I, h, w) is the matrix (O, I · h · w).
    """

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        """Take parameter groups.

        Args:
            groups: as torch's, each with "orthogonal": whether its parameters, of two dimensions
                or more, are matrices to be learnt by Muon.
            lr: as for AdamW.
            momentum: Nesterov's, of the matrices.
            weight_decay: of all.
        """
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step by the gradients there are."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                state = self.state[parameter]
                if group["orthogonal"]:
                    _muon(parameter, parameter.grad, state, group["lr"], group["momentum"])
                else:
                    _adam(parameter, parameter.grad, state, group["lr"])
        return loss


def _muon(
    parameter: Tensor, gradient: Tensor, state: dict[str, Any], rate: float, momentum: float
) -> None:
    if not state:
        state["momentum"] = torch.zeros_like(gradient)
    mean = state["momentum"].lerp_(gradient, 1 - momentum)
    ahead = gradient.lerp(mean, momentum).flatten(1)
    length = _RMS * max(ahead.shape) ** 0.5
    parameter.add_(orthogonalised(ahead).view_as(parameter), alpha=-rate * length)


def _adam(parameter: Tensor, gradient: Tensor, state: dict[str, Any], rate: float) -> None:
    if not state:
        state["step"] = torch.zeros(())
        state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
    state["step"] += 1
    taken = float(state["step"])
    mean = state["mean"].lerp_(gradient, 1 - _BETAS[0])
    square = state["square"].lerp_(gradient.square(), 1 - _BETAS[1])
    spread = (square / (1 - _BETAS[1] ** taken)).sqrt_().add_(_EPS)
    parameter.addcdiv_(mean / (1 - _BETAS[0] ** taken), spread, value=-rate)
