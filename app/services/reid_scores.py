"""How well does a re-ID model find people again? A labelled set against any model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.services.actor import Actor
from app.workspace import Workspace
from reid_models.contact_sheets import write_sheets
from reid_models.datasets import Format, read_dataset
from reid_models.protocols import MODES, Mode, make_protocol
from reid_models.registry import LoadedModel, load_checkpoint
from reid_models.reid_evaluation import (
    ReidScores,
    embed_samples,
    embed_walks,
    evaluate_protocol,
    protocol_distances,
)

VECTORS = "evaluation"


def evaluate_reid(
    actor: Actor,
    workspace: Workspace,
    data: Path,
    *,
    model: str | None = None,
    kind: Format | None = None,
    split: int | None = None,
    modes: Sequence[Mode] = MODES,
    multi_query: bool = False,
    reranked: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Score a model on a labelled set, one result a mode.

    Args:
        actor: who asks.
        workspace: its models are known, and it keeps the vectors for the next time.
        data: the set.
        model: a model's name or the folder of a checkpoint; None: the active model.
        kind: the set's format; None: by what lies there.
        split: which of the set's splits, from 0; None: the only or first one.
        modes: what asks and what is searched.
        multi_query: all boxes of a query's person and camera ask together.
        reranked: by k-reciprocal neighbours.
        progress: called as (done, in all) while vectors are made: of crops, then of tracklets if
            the model has a network for them.

    Returns:
        As `evaluate reid --json` shows them; accuracies are fractions.

    Raises:
        reid_models.errors.ReidError: model or set cannot be used, or fit no such mode.
    """
    dataset = read_dataset(data, kind, split)
    protocols = {mode: make_protocol(dataset, mode, multi_query=multi_query) for mode in modes}
    samples = list(dict.fromkeys(s for each in protocols.values() for s in each.samples))
    loaded = _load(workspace, model)
    kept = workspace.scratch(VECTORS)
    vectors = embed_samples(loaded, samples, kept, progress)
    tracklets = list(dict.fromkeys(t for each in protocols.values() for t in each.walks))
    walks = embed_walks(loaded, tracklets, kept, progress)
    return [
        _plain(
            mode,
            loaded,
            evaluate_protocol(each, samples, vectors, walks=walks, reranked=reranked),
        )
        for mode, each in protocols.items()
    ]


def write_ranks(
    actor: Actor,
    workspace: Workspace,
    data: Path,
    folder: Path,
    *,
    models: Sequence[str | None],
    kind: Format | None = None,
    split: int | None = None,
    mode: Mode = "i2i",
) -> list[Path]:
    """Write contact sheets of queries and their first hits, the models' side by side.

    Args:
        actor: who asks.
        workspace: as for `evaluate_reid`, whose kept vectors are used again.
        data: the set.
        folder: where to.
        models: names or checkpoint folders; None: the active model.
        kind: the set's format; None: by what lies there.
        split: which of the set's splits, from 0; None: the only or first one.
        mode: what asks and what is searched.

    Returns:
        The sheets.
    """
    protocol = make_protocol(read_dataset(data, kind, split), mode)
    samples = protocol.samples
    distances = {}
    for name in models:
        loaded = _load(workspace, name)
        vectors = embed_samples(loaded, samples, workspace.scratch(VECTORS))
        walks = embed_walks(loaded, protocol.walks, workspace.scratch(VECTORS))
        distances[loaded.card.name] = protocol_distances(protocol, samples, vectors, walks=walks)
    return write_sheets(folder, protocol, distances)


def _load(workspace: Workspace, model: str | None) -> LoadedModel:
    folder = Path(model or "")
    if model and (folder / "card.yaml").is_file():
        return load_checkpoint(folder, device=workspace.settings.models.device)
    return workspace.model(model)


def _plain(mode: Mode, model: LoadedModel, scores: ReidScores) -> dict[str, Any]:
    ranking = scores.ranking
    return {
        "mode": mode,
        "rank1": ranking.rank(1),
        "rank5": ranking.rank(5),
        "rank10": ranking.rank(10),
        "mAP": ranking.mean_ap,
        "mAP_trapezoid": ranking.mean_ap_trapezoid,
        "mINP": ranking.mean_inp,
        "queries": ranking.counted,
        "queries_dropped": ranking.skipped,
        "gallery": scores.gallery,
        "protocol": scores.protocol,
        "model": model.card.name,
        "sha256": model.sha256,
        "device": model.device,
    }
