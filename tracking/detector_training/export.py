"""Makes weights that the product loads out of a run: an OpenVINO network, stored in fp16."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import yaml

from tracking.detector import load_ultralytics
from tracking.detector_cards import CARD, DetectorCard, DetectorFile, write_detector_card
from tracking.detector_training.recipe import DetectorRecipe
from tracking.detector_training.training import NAMES, RECIPE, state_of_run
from tracking.errors import DetectorTrainingError

LICENCE = "LICENSE"
_WEAKNESSES = (
    "Trained on few real places: elsewhere, and with small people and crowds, it finds fewer than "
    "detectors trained on COCO. Not measured: night, infrared, fish-eye lenses, children."
)
_TRAINED_ON = (
    "persons (capston2, css_construction, bav_classroom: CC-BY-4.0; office_kizuna: MIT; as "
    "declared by their uploaders), Intel sample videos (CC-BY-4.0) with the boxes of yolo11n, "
    "pictures of the demo's generator. No footage for research only."
)


def export_detector(run: Path, out: Path, name: str, *, config_dir: Path | None = None) -> Path:
    """Write `<out>/<name>/` with card.yaml, a licence and an OpenVINO folder.

    Args:
        run: a run with at least one whole epoch.
        out: where detectors of ours lie.
        name: of the detector; its folder is replaced.
        config_dir: where Ultralytics may keep its settings.

    Returns:
        The OpenVINO folder, for `PersonDetector`.

    Raises:
        DetectorTrainingError: the run has no checkpoint.
    """
    load_ultralytics(config_dir)
    state = state_of_run(run)
    if state is None:
        raise DetectorTrainingError(
            f"'{run}' holds no run with a whole epoch. Train first: train detector run"
        )
    recipe = DetectorRecipe.model_validate(yaml.safe_load((run / RECIPE).read_text("utf-8")))
    with tempfile.TemporaryDirectory(prefix="retrace-export-") as scratch:
        made = _openvino(state.checkpoint, Path(scratch) / f"{name}.pt", recipe.image_size)
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        weights = folder / f"{name}_openvino_model"
        shutil.copytree(made, weights)
    (folder / LICENCE).write_text(_licence(name), "utf-8")
    card = DetectorCard(
        name=name,
        summary=recipe.summary,
        licence="AGPL-3.0-or-later",
        trained_on=_TRAINED_ON,
        recipe=f"train detector run, {state.epochs} epochs, {recipe.image_size} pixels",
        weaknesses=_WEAKNESSES,
        precision="float16",
        image_size=recipe.image_size,
        weights=weights.name,
        files=tuple(_file(path, folder) for path in sorted(weights.rglob("*")) if path.is_file()),
    )
    write_detector_card(card, folder / CARD)
    return weights


def _openvino(checkpoint: Path, stripped: Path, image_size: int) -> Path:
    """Export a checkpoint's averaged weights; they are copied so that the run can go on."""
    from ultralytics import YOLO
    from ultralytics.utils.torch_utils import strip_optimizer

    shutil.copy(checkpoint, stripped)
    strip_optimizer(str(stripped))
    model = YOLO(str(stripped), task="detect", verbose=False)
    model.model.names = dict(NAMES)
    made = model.export(format="openvino", imgsz=image_size, half=True, verbose=False, device="cpu")
    return Path(made)


def _file(path: Path, folder: Path) -> DetectorFile:
    data = path.read_bytes()
    return DetectorFile(
        name=path.relative_to(folder).as_posix(),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )


def _licence(name: str) -> str:
    return (
        f"The weights of {name} were trained by Retrace's own code with Ultralytics, which is\n"
        "under the AGPL-3.0. They are offered under the GNU Affero General Public License,\n"
        "version 3 or later (https://www.gnu.org/licenses/agpl-3.0.txt).\n"
        "SPDX-License-Identifier: AGPL-3.0-or-later\n\n"
        f"Trained on: {_TRAINED_ON}\n"
    )
