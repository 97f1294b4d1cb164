"""Running a network: OpenVINO or ONNX Runtime on the CPU, torch on a GPU, behind one interface."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.conversion import alike, converted, probe_images
from reid_models.errors import DeviceUnavailable, WeightsBroken

if TYPE_CHECKING:
    import torch

__all__ = [
    "OnnxSession",
    "OpenVinoSession",
    "Session",
    "TorchSession",
    "choose_torch_device",
    "open_session",
    "open_torch_session",
]

Floats = npt.NDArray[np.float32]
Precision = Literal["float32", "bf16", "fp16"]


class Session(Protocol):
    """A network ready to run."""

    @property
    def device(self) -> str:
        """Where it runs and in which precision: "cpu, openvino bf16"."""
        ...

    def infer(self, batch: Floats) -> Floats:
        """Run float32 (N, 3, H, W) → float32 (N, D), not normalised; N may be 0."""
        ...


class OpenVinoSession:
    """A network on the CPU by OpenVINO: one image a request, several requests at once.

    Single-image requests in parallel streams are as fast as batches on a CPU, need no padding, and
    make a vector independent of what else is in the batch: a resumed job repeats itself exactly.
    """

    def __init__(
        self, model: Any, dimension: int, input_size: tuple[int, int], channels: int = 3
    ) -> None:
        """Compile `model` (an openvino.Model) for inputs 1×channels×height×width."""
        import openvino

        model.reshape([1, channels, *input_size])
        self._compiled = openvino.Core().compile_model(
            model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"}
        )
        self._dimension = dimension
        self._queue = openvino.AsyncInferQueue(self._compiled)
        self._turn = threading.Lock()

    @property
    def device(self) -> str:
        """Always the CPU; bf16 where the processor has it, unless OpenVINO decides otherwise."""
        precision = self._compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
        names = {"f32": "float32", "bf16": "bf16", "f16": "fp16"}
        return f"cpu, openvino {names.get(precision, precision)}"

    def infer(self, batch: Floats) -> Floats:
        """Run float32 (N, 3, H, W) → float32 (N, D)."""
        vectors = np.empty((len(batch), self._dimension), np.float32)

        def keep(request: Any, index: int) -> None:
            vectors[index] = request.get_output_tensor().data.reshape(-1)

        with self._turn:
            self._queue.set_callback(keep)
            for index in range(len(batch)):
                self._queue.start_async({0: batch[index : index + 1]}, index)
            self._queue.wait_all()
        return vectors


class OnnxSession:
    """A network on the CPU by ONNX Runtime, in batches."""

    _batch = 16

    def __init__(self, path: Path) -> None:
        """Open an ONNX file with one input (N, 3, H, W) and one output (N, D)."""
        import onnxruntime

        self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._dimension = int(self._session.get_outputs()[0].shape[-1])

    @property
    def device(self) -> str:
        """Always the CPU, in float32."""
        return "cpu, onnxruntime float32"

    def infer(self, batch: Floats) -> Floats:
        """Run float32 (N, 3, H, W) → float32 (N, D)."""
        parts = [
            self._session.run(None, {self._input: batch[start : start + self._batch]})[0]
            for start in range(0, len(batch), self._batch)
        ]
        return np.concatenate([np.empty((0, self._dimension), np.float32), *parts])


class TorchSession:
    """A torch module on a device, in batches, its maps in channels-last order."""

    _batch = 64

    def __init__(
        self,
        module: torch.nn.Module,
        device: str,
        dimension: int,
        precision: Precision = "float32",
    ) -> None:
        """Move `module` to `device` ("cpu", "cuda:0") in evaluation mode.

        Args:
            module: float32 (N, 3, H, W) → (N, dimension).
            device: where to.
            dimension: of what it gives.
            precision: bf16 and fp16: of convolutions and matrix products; the rest stays float32.
        """
        import torch

        self._module = module.eval().to(device).to(memory_format=torch.channels_last)
        self._where = device
        self._dimension = dimension
        self._precision = precision

    @property
    def device(self) -> str:
        """The device the module was moved to, and the precision."""
        return f"{self._where}, torch {self._precision}"

    def infer(self, batch: Floats) -> Floats:
        """Run float32 (N, 3, H, W) → float32 (N, D)."""
        import torch

        half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self._precision)
        kind = self._where.split(":")[0]
        parts = [np.empty((0, self._dimension), np.float32)]
        with torch.inference_mode(), torch.autocast(kind, half) if half else nullcontext():
            for start in range(0, len(batch), self._batch):
                images = torch.from_numpy(batch[start : start + self._batch])
                images = images.to(self._where).contiguous(memory_format=torch.channels_last)
                parts.append(self._module(images).float().cpu().numpy())
        return np.concatenate(parts)


def open_torch_session(module: torch.nn.Module, where: str, card: ModelCard) -> TorchSession:
    """Run a network by torch: on a GPU in half precision if that gives the same vectors.

    Args:
        module: float32 (N, 3, H, W) → (N, card.dimension).
        where: "cpu" or "cuda:N".
        card: its size of input and output.
    """
    import torch

    plain = TorchSession(module, where, card.dimension)
    if where == "cpu":
        return plain
    precision: Precision = (
        "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    )
    half = TorchSession(module, where, card.dimension, precision)
    probe = probe_images(card, 2)
    return half if alike(plain.infer(probe), half.infer(probe)) else plain


def choose_torch_device(asked: str) -> str:
    """The torch device for "auto", "cpu", "cuda" or "cuda:N": "cpu" or "cuda:N".

    Raises:
        DeviceUnavailable: CUDA was asked for by name and is not here, or the name is unknown.
    """
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked == "auto":
        return "cuda:0" if count else "cpu"
    if asked == "cpu":
        return "cpu"
    kind, _, number = asked.partition(":")
    index = int(number) if number.isdecimal() else 0 if not number else -1
    if kind != "cuda" or index < 0:
        raise DeviceUnavailable(
            f"{asked!r} is not a device. Use auto, cpu, cuda or cuda:N with N counted from 0."
        )
    if index >= count:
        raise DeviceUnavailable(
            f"{asked} was asked for, but torch sees {count} CUDA devices here. "
            "Use device auto or cpu, or check the driver with: nvidia-smi."
        )
    return f"cuda:{index}"


def open_session(
    card: ModelCard, files: Sequence[Path], device: str = "auto", kept: Path | None = None
) -> Session:
    """Open the network a card describes.

    Torch weights run on a GPU where there is one (or where `device` says so) and are converted to
    OpenVINO for the CPU; OpenVINO and ONNX files always run on the CPU.

    Args:
        card: the model's card.
        files: its files, checked, in the card's order.
        device: "auto", "cpu", "cuda" or "cuda:N".
        kept: folder for conversions, see `converted`.

    Raises:
        WeightsBroken: the files match the card but cannot be opened, or give other vectors.
        DeviceUnavailable: see `choose_torch_device`.
    """
    size = (card.preprocessing.height, card.preprocessing.width)
    if card.format == "safetensors":
        where = choose_torch_device(device)
        if where == "cpu":
            model = converted(card, files[0], kept)
            return OpenVinoSession(model, card.dimension, size, card.input_channels)
        from reid_models import methods

        return open_torch_session(methods.build(card, files[0]), where, card)
    if device != "auto":
        choose_torch_device(device)
    try:
        session: Session
        if card.format == "onnx":
            session = OnnxSession(files[0])
        else:
            import openvino

            model = openvino.Core().read_model(str(files[0]), str(files[1]))
            session = OpenVinoSession(model, card.dimension, size)
        vectors = session.infer(np.zeros((1, 3, *size), np.float32))
    except Exception as error:  # each engine has its own kinds, down to plain RuntimeError
        raise _broken(card, files[0], str(error).splitlines()[0]) from error
    if vectors.shape != (1, card.dimension):
        raise _broken(card, files[0], f"it gives {vectors.shape[1]} numbers, not {card.dimension}")
    return session


def _broken(card: ModelCard, path: Path, why: str) -> WeightsBroken:
    return WeightsBroken(
        f"{path} cannot be used as {card.name} ({why}). Update the program, or choose another "
        "model (see: models list).",
        name=card.name,
    )
