"""Our own checkpoints: folders of `weights.safetensors` and `card.yaml`; never pickled code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from reid_models.cards import ModelCard, ModelFile, write_card
from reid_models.errors import WeightsBroken, WeightsMissing
from reid_models.weight_files import sha256_of

__all__ = ["load_into", "read_weights", "save_checkpoint"]

WEIGHTS = "weights.safetensors"


def save_checkpoint(
    model: nn.Module, card: ModelCard, folder: Path, *, half: bool = False
) -> ModelCard:
    """Write `folder/weights.safetensors` and `folder/card.yaml`.

    The folder must carry the card's name to be found by the registry. The card is written last, so
    that a folder with a card is always complete.

    Args:
        model: the network whose parameters and buffers are saved.
        card: its card; `files` is filled in here.
        folder: where to; made if it is not there.
        half: store matrices and kernels as float16; vectors such as the running statistics, whose
            range may be larger, stay float32. They are float32 again once loaded.

    Returns:
        The card with the file's size and SHA-256, as written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WEIGHTS
    temporary = path.with_suffix(".tmp")
    tensors = {
        key: (value.half() if half and value.dim() > 1 else value).detach().cpu().contiguous()
        for key, value in model.state_dict().items()
    }
    save_file(tensors, temporary, metadata={"name": card.name, "method": card.method})
    temporary.replace(path)
    file = ModelFile(name=WEIGHTS, sha256=sha256_of(path), size=path.stat().st_size)
    complete = card.model_copy(update={"files": (file,)})
    write_card(complete, folder / "card.yaml")
    return complete


def read_weights(path: Path, name: str) -> dict[str, Tensor]:
    """Read a safetensors file.

    Args:
        path: the file.
        name: the model's name, for messages.

    Raises:
        WeightsMissing: there is no such file.
        WeightsBroken: it is cut short, damaged, or of another format.
    """
    if not path.is_file():
        raise WeightsMissing(
            f"{path} is not there. Put the checkpoint's {WEIGHTS} in that place.", name=name
        )
    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise WeightsBroken(
            f"{path} is not a whole safetensors file ({error}). Copy it again; a .pt or .pth file "
            "must be converted with safetensors.torch.save_file first, as pickled code is never "
            "run here.",
            name=name,
        ) from error


def load_into(model: nn.Module, tensors: Mapping[str, Tensor], *, name: str, path: Path) -> None:
    """Load `tensors` into `model`, every one of them and no other.

    Raises:
        WeightsBroken: a tensor is missing, left over, or of another shape; the first is named.
    """
    wanted = model.state_dict()
    problems = [f"{key} is missing" for key in wanted if key not in tensors]
    problems += [f"{key} has no place" for key in tensors if key not in wanted]
    problems += [
        f"{key} is {tuple(tensors[key].shape)}, not {tuple(value.shape)}"
        for key, value in wanted.items()
        if key in tensors and tensors[key].shape != value.shape
    ]
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise WeightsBroken(
            f"{path} does not hold the weights of {name}: {problems[0]}{more}. Check the depth and "
            "dimension in its card.yaml, or use the file the card was written with.",
            name=name,
        )
    model.load_state_dict(dict(tensors))
