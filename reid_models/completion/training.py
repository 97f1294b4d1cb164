"""Training STCnet in stages: G_s alone, G_t joins, then critics and the ID guider.

A batch and all that is random about it are functions of the recipe's seed and the step, as in the
training of re-ID networks, so a run that was stopped ends with the same weights.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
import yaml
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from reid_models.completion.adversaries import Critic
from reid_models.completion.guides import Guide, band_features, find_clean, make_examples
from reid_models.completion.losses import cut_bands, painted_loss, real_loss, reconstruction
from reid_models.completion.networks import STCNet
from reid_models.completion.recipes import CompletionCard, CompletionRecipe
from reid_models.errors import TrainingError
from reid_models.occlusion_scores import band_edges
from reid_models.runtime import choose_torch_device
from reid_models.training_data import TrainingSet, make_tracklets
from reid_models.training_log import TrainingLog
from reid_models.weight_files import sha256_of

__all__ = ["train_completion"]

STATE = "state.safetensors"
_LOG_STEPS = 20
Report = Callable[[int, Mapping[str, float]], None]


def train_completion(
    name: str,
    recipe: CompletionRecipe,
    data: TrainingSet,
    guide: Guide,
    folder: Path,
    *,
    device: str = "auto",
    stop_after: int | None = None,
    report: Report | None = None,
) -> Path | None:
    """Train an STCnet, or go on with the run in `folder`.

    Args:
        name: of what comes out, and of its folder.
        recipe: what to compute.
        data: crops of tracklets, of the recipe's size.
        guide: scores frames and guides by identity; trained on the same people.
        folder: of the run: recipe.yaml, log.csv, tensorboard/, state.safetensors, and `<name>/`.
        device: "auto", "cpu", "cuda" or "cuda:N".
        stop_after: leave the run, its state saved, when it has come to this step.
        report: called every 20 steps with the weighted loss terms.

    Returns:
        The folder of the trained network, or None when the run was left before its end.

    Raises:
        TrainingError: the crops are of another size, there is nothing clean to learn from, the loss
            is no longer finite, or `folder` holds another run.
        DeviceUnavailable: see `choose_torch_device`.
    """
    size = (recipe.network.height, recipe.network.breadth)
    if data.crops.shape[2:] != size:
        raise TrainingError(
            f"The crops are {tuple(data.crops.shape[2:])} pixels and the network's frames {size}. "
            "Load the data at the recipe's size."
        )
    run = _Run(recipe, data, guide, choose_torch_device(device))
    folder.mkdir(parents=True, exist_ok=True)
    begin = run.load(folder / STATE) if (folder / STATE).is_file() else 0
    values = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    (folder / "recipe.yaml").write_text(values, "utf-8")
    end = recipe.steps.total if stop_after is None else min(stop_after, recipe.steps.total)
    with TrainingLog(folder, begin) as log:
        for step in range(begin, end):
            terms = run.step(step)
            done = step + 1
            if done % _LOG_STEPS == 0:
                shown = {key: float(value) for key, value in terms.items()}
                if not math.isfinite(sum(shown.values())):
                    raise TrainingError(
                        f"The loss of {name} is no longer a number at step {done}. Lower rate; the "
                        f"state of the last save is in {folder}."
                    )
                log.add(done, done / recipe.steps.total, recipe.rate, shown)
                if report is not None:
                    report(done, shown)
            if done % recipe.save_steps == 0:
                run.save(folder / STATE, done)
    run.save(folder / STATE, max(begin, end))
    return run.export(name, folder / name) if end == recipe.steps.total else None


class _Run:
    """The networks of one run and what a step does with them."""

    def __init__(
        self, recipe: CompletionRecipe, data: TrainingSet, guide: Guide, device: str
    ) -> None:
        self.recipe, self.data, self.device, self.guide = recipe, data, device, guide
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self.net = STCNet(recipe.network.width, recipe.network.scale)
            critics = [Critic(recipe.critic_width) for _ in range(2)]
        self.critics = nn.ModuleList(critics)
        self.modules = {"net": self.net, "critics": self.critics}
        for module in self.modules.values():
            module.to(device).train()
        guide.network.to(device)
        self.guider = guide.guider().to(device)
        self.optimisers = {
            name: torch.optim.Adam(module.parameters(), lr=recipe.rate, betas=(0.5, 0.999))
            for name, module in self.modules.items()
        }
        tracklets = make_tracklets(data, frames=2)
        features = band_features(guide.network, data.crops, guide.recipe, recipe.network.bands)
        self.examples = make_examples(
            tracklets, find_clean(features, tracklets, recipe.false_alarms)
        )
        edges = band_edges(recipe.network.height, recipe.network.bands)
        self.tops = torch.tensor([first for first, _ in edges])
        self.rows = max(last - first for first, last in edges)
        self.bands = torch.zeros(len(edges), 1, recipe.network.height, 1)
        for number, (first, last) in enumerate(edges):
            self.bands[number, :, first:last] = 1.0

    def step(self, step: int) -> dict[str, Tensor]:
        """Compute one step; the terms that its stage leaves out are 0."""
        recipe = self.recipe
        rng = np.random.default_rng((recipe.seed, step))
        chosen = rng.choice(len(self.examples.frames), recipe.batch)
        flip = bool(rng.random() < 0.5)
        truth, before, after = (
            self._frames(rows[chosen], flip)
            for rows in (self.examples.frames, self.examples.before, self.examples.after)
        )
        band = torch.from_numpy(rng.integers(0, len(self.bands), recipe.batch))
        masks = self.bands[band].expand(-1, -1, -1, truth.shape[3]).to(self.device)
        tops = self.tops[band].clamp(max=truth.shape[2] - self.rows).to(self.device)
        stage = recipe.steps.stage(step)
        zero = torch.zeros((), device=self.device)
        terms = dict.fromkeys(("frame", "neighbours", "adversarial", "identity", "critics"), zero)
        if stage == "spatial":
            terms["frame"] = reconstruction(truth, self.net.paint(truth, masks), masks)
            self._learn("net", terms["frame"])
            return {key: value.detach() for key, value in terms.items()}
        first, second = self.net(truth, masks, before, after)
        terms["frame"] = reconstruction(truth, first, masks)
        terms["neighbours"] = reconstruction(truth, second, masks)
        if stage == "adversarial":
            judged = {
                "real": (truth, cut_bands(truth * masks, tops, self.rows)),
                "painted": (second, cut_bands(second * masks, tops, self.rows)),
            }
            critics = torch.stack(
                [
                    real_loss(critic(real), critic(painted.detach()))
                    for critic, real, painted in zip(
                        self.critics, judged["real"], judged["painted"], strict=True
                    )
                ]
            ).sum()
            self._learn("critics", critics)
            self.critics.requires_grad_(False)
            pairs = zip(self.critics, judged["painted"], strict=True)
            fooled = torch.stack([painted_loss(critic(picture)) for critic, picture in pairs])
            terms["adversarial"] = recipe.adversarial * fooled.sum()
            labels = self.data.labels[torch.from_numpy(self.examples.frames[chosen])]
            terms["identity"] = recipe.identity * nn.functional.cross_entropy(
                self.guider(second), labels.to(self.device)
            )
        self._learn("net", torch.stack(list(terms.values())).sum())
        if stage == "adversarial":
            self.critics.requires_grad_(True)
            terms["critics"] = critics
        return {key: value.detach() for key, value in terms.items()}

    def _frames(self, rows: np.ndarray, flip: bool) -> Tensor:
        frames = self.data.crops[torch.from_numpy(rows)].to(self.device).float() / 127.5 - 1.0
        return frames.flip(3) if flip else frames

    def _learn(self, which: str, loss: Tensor) -> None:
        optimiser = self.optimisers[which]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    def save(self, path: Path, step: int) -> None:
        """Write everything as one safetensors file, replacing it in one step."""
        tensors = {
            f"{name}.{key}": value.detach().cpu().contiguous()
            for name, module in self.modules.items()
            for key, value in module.state_dict().items()
        }
        for name, optimiser in self.optimisers.items():
            for index, slots in optimiser.state_dict()["state"].items():
                for key, value in slots.items():
                    tensors[f"optimiser.{name}.{index}.{key}"] = value.detach().cpu().contiguous()
        metadata = {"step": str(step), "recipe": self.recipe.model_dump_json()}
        metadata["crops"] = str(len(self.data.crops))
        unfinished = path.with_suffix(".tmp")
        save_file(tensors, unfinished, metadata=metadata)
        unfinished.replace(path)

    def load(self, path: Path) -> int:
        """Bring everything back to where it was saved; the step."""
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise TrainingError(
                f"{path} is damaged ({error}), so the run cannot go on. Remove {path.parent} to "
                "start again."
            ) from error
        free = {"steps", "save_steps", "summary"}
        saved = json.loads(metadata.get("recipe", "{}"))
        same = {k: v for k, v in saved.items() if k not in free} == self.recipe.model_dump(
            mode="json", exclude=free
        )
        if not same or metadata.get("crops") != str(len(self.data.crops)):
            raise TrainingError(
                f"{path.parent} holds a run of another recipe or of other data. Give another "
                "folder, or what that run was begun with."
            )
        for name, module in self.modules.items():
            module.load_state_dict(
                {
                    k.removeprefix(f"{name}."): v
                    for k, v in tensors.items()
                    if k.startswith(f"{name}.")
                }
            )
        for name, optimiser in self.optimisers.items():
            slots: dict[int, dict[str, Tensor]] = {}
            for key, value in tensors.items():
                if key.startswith(f"optimiser.{name}."):
                    index, slot = key.split(".")[2:]
                    slots.setdefault(int(index), {})[slot] = value
            state = optimiser.state_dict()
            state["state"] = slots
            optimiser.load_state_dict(state)
        return int(metadata["step"])

    def export(self, name: str, folder: Path) -> Path:
        """Write weights and card."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "weights.safetensors"
        tensors = {
            key: (value.half() if value.dim() > 1 else value).detach().cpu().contiguous()
            for key, value in self.net.state_dict().items()
        }
        save_file(tensors, path)
        card = CompletionCard(
            name=name,
            summary=self.recipe.summary,
            network=self.recipe.network,
            source="trained here, STCnet of Hou et al., VRSTC, CVPR 2019",
            terms="Weights trained on research-only data",
            research_only=True,
            trained_on=self.data.source,
            guide=self.guide.name,
            sha256=sha256_of(path),
        )
        written = yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        (folder / "completion.yaml").write_text(written, "utf-8")
        return folder
