"""TKP: a still's network and a clip's, in one space, and what may flow between them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from reid_models import registry
from reid_models.cards import Architecture, ModelCard, ModelFile, Preprocessing, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.clips import ClipTrackletEmbedder, split_evenly
from reid_models.embedders import normalise
from reid_models.errors import CropInvalid
from reid_models.losses import batch_hard_triplet, distance_propagation, feature_propagation
from reid_models.methods.tkp import TKP, NonLocal
from reid_models.recipes import Batch, LossWeights, Recipe, Size
from reid_models.tasks import build_task
from reid_models.tasks.tkp import TKPTask

LIGHT = Architecture(depth=10, width=8, shared_trunk=True)
PAIR = Architecture(depth=18, width=8)
LABELS = torch.tensor([0, 0, 1, 1]).repeat_interleave(2)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network(architecture: Architecture = LIGHT, *, awake: bool = False) -> TKP:
    torch.manual_seed(0)
    built = TKP(architecture, 16)
    if awake:
        for block in built.non_local.values():
            torch.nn.init.constant_(block.bn.weight, 0.5)
    return built.eval()


def task(architecture: Architecture, **weights: float) -> TKPTask:
    recipe = Recipe(
        method="tkp",
        summary="A pair for tests.",
        architecture=architecture,
        dimension=16,
        input=Size(height=32, width=16),
        epochs=1,
        batch=Batch(people=2, crops=2, frames=2),
        losses=LossWeights.model_validate({"identity": 0, "triplet": 0} | weights),
    )
    built = build_task(recipe, people=2)
    assert isinstance(built, TKPTask)
    return built


def moved(built: TKPTask) -> set[str]:
    return {n for n, p in built.named_parameters() if p.grad is not None and p.grad.any()}


@pytest.mark.parametrize("architecture", [LIGHT, PAIR])
def test_at_first_a_frame_is_embedded_like_a_still(architecture: Architecture):
    pair, images = network(architecture), normal(6, 3, 32, 16)
    frames = pair.frames(images, 3)
    assert frames.shape == (2, 3, 16)
    torch.testing.assert_close(frames.flatten(0, 1), pair(images))


@pytest.mark.parametrize("architecture", [LIGHT, PAIR])
def test_propagation_teaches_the_stills_alone(architecture: Architecture):
    built = task(architecture, features=1, distances=1)
    for block in built.network.non_local.values():
        torch.nn.init.constant_(block.bn.weight, 0.5)
    sum(built(normal(8, 3, 32, 16), LABELS, None).values()).backward()
    touched = moved(built)
    assert any(name.startswith("network.backbone.layer4") for name in touched)
    assert not [n for n in touched if "video" in n or "non_local" in n or "classifier" in n]


@pytest.mark.parametrize("architecture", [LIGHT, PAIR])
def test_propagation_teaches_both_where_that_is_asked_for(architecture: Architecture):
    weights = LossWeights(identity=0, triplet=0, features=1, teach_clips=True)
    built = task(architecture, **weights.model_dump())
    for block in built.network.non_local.values():
        torch.nn.init.constant_(block.bn.weight, 0.5)
    built(normal(8, 3, 32, 16), LABELS, None)["features"].backward()
    assert any("non_local" in name for name in moved(built))


def test_at_first_there_is_nothing_to_propagate():
    built = task(PAIR, features=1, distances=1).eval()
    terms = built(normal(8, 3, 32, 16), LABELS, None)
    assert [term.item() for term in terms.values()] == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("term", ["identity", "triplet"])
@pytest.mark.parametrize("architecture", [LIGHT, PAIR])
def test_identities_and_triplets_teach_both_branches(term: str, architecture: Architecture):
    built = task(architecture, **{term: 1})
    built(normal(8, 3, 32, 16), LABELS, None)[term].backward()
    touched = moved(built)
    assert any("video" in name for name in touched)
    assert any(name.startswith("network.backbone.layer4") for name in touched)
    assert any(name.endswith("bn.weight") and "non_local" in name for name in touched)


def test_frames_see_each_other_and_their_order_does_not_matter():
    pair, images = network(awake=True), normal(4, 3, 32, 16)
    frames = pair.frames(images, 4)[0]
    order = [2, 0, 3, 1]
    torch.testing.assert_close(pair.frames(images[order], 4)[0], frames[order])
    other = images.clone()
    other[3] = normal(3, 32, 16, seed=1)
    assert not torch.allclose(pair.frames(other, 4)[0, 0], frames[0], atol=1e-4)
    asleep = network()
    torch.testing.assert_close(asleep.frames(other, 4)[0, 0], asleep.frames(images, 4)[0, 0])


def test_clips_of_a_batch_do_not_see_each_other():
    pair, images = network(awake=True), normal(4, 3, 32, 16)
    together = pair.frames(images, 2)
    torch.testing.assert_close(together[1], pair.frames(images[2:], 2)[0])


def test_a_non_local_block_is_the_sum_it_says():
    block, x = NonLocal(4).eval(), normal(2, 4, 2, 2)
    torch.nn.init.ones_(block.bn.weight)
    query, key, value = (part(x) for part in (block.theta, block.phi, block.g))
    # Pooling 2 × 2 leaves one key a frame.
    keys, values = (torch.stack([p[t].amax(dim=(1, 2)) for t in range(2)]) for p in (key, value))
    seen = torch.empty_like(value)
    for t in range(2):
        for row in range(2):
            for column in range(2):
                weights = (keys @ query[t, :, row, column]).softmax(0)
                seen[t, :, row, column] = weights @ values
    torch.testing.assert_close(block(x, 2), x + block.bn(block.out(seen)))


def test_the_papers_pair_has_its_five_blocks():
    with torch.device("meta"):
        pair = TKP(Architecture(depth=50), 2048)
    assert list(pair.non_local) == ["2_1", "2_3", "3_1", "3_3", "3_5"]
    assert sum(p.numel() for p in pair.non_local.parameters()) == 7_358_464
    assert isinstance(pair.embedding, torch.nn.Identity)


def test_stills_and_clips_ask_each_other_differently():
    stills, clips = normal(4, 3), normal(2, 3, seed=1)
    people = torch.tensor([0, 0, 1, 1])
    asked = batch_hard_triplet(stills, people, clips, people[::2])
    answered = batch_hard_triplet(clips, people[::2], stills, people)
    table = torch.cdist(stills, clips)
    own, other = table[range(4), people], table[range(4), 1 - people]
    torch.testing.assert_close(asked, (0.3 + own - other).relu().mean())
    assert asked != answered


def test_the_triplet_term_is_the_sum_over_who_asks_whom():
    built = task(LIGHT, triplet=1).eval()
    # Two clips of two frames; what the branches say is put in their places.
    stills = torch.tensor([[0.0, 0], [4, 0], [3, 0], [6, 0]])
    frames = torch.tensor([[[0.0, 1], [2, 1]], [[3, 1], [5, 1]]])
    built.network.forward = lambda images: stills
    built.network.frames = lambda images, count: frames
    (term,) = built(torch.zeros(4, 3, 32, 16), torch.tensor([0, 0, 1, 1]), None).values()
    clips = [(1.0, 1.0), (4.0, 1.0)]

    def hard(asks: list[tuple[float, float]], searched: list[tuple[float, float]]) -> float:
        def half(items: list[tuple[float, float]], mine: bool, index: int) -> list[float]:
            first = index < len(asks) / 2
            middle = len(items) // 2
            part = items[:middle] if first is mine else items[middle:]
            return [math.dist(asks[index], other) for other in part]

        losses = [
            max(0.0, 0.3 + max(half(searched, True, i)) - min(half(searched, False, i)))
            for i in range(len(asks))
        ]
        return sum(losses) / len(losses)

    points = [tuple(point) for point in stills.tolist()]
    terms = [hard(a, s) for a in (points, clips) for s in (points, clips)]
    assert terms[1] != terms[2]
    assert term.item() == pytest.approx(sum(terms), abs=1e-5)


def test_distances_survive_a_rotation_and_features_do_not():
    frames = normal(5, 3)
    rotation = torch.linalg.qr(normal(3, 3, seed=1))[0]
    turned = frames @ rotation + 2.0
    assert distance_propagation(turned, frames).item() == pytest.approx(0, abs=1e-9)
    assert feature_propagation(turned, frames) > 1
    # the slides' sum over all pairs / N is N times the code's mean over pairs
    table = torch.cdist(frames * 2, frames * 2) - torch.cdist(frames, frames)
    by_slides = table.square().sum() / 5
    torch.testing.assert_close(distance_propagation(frames * 2, frames) * 5, by_slides)


def test_a_strip_is_cut_into_few_clips_of_even_lengths():
    lengths = [[len(part) for part in split_evenly([None] * n)] for n in (1, 8, 9, 16)]
    assert lengths == [[1], [8], [4, 5], [8, 8]]
    assert [x for part in split_evenly(list(range(11))) for x in part] == list(range(11))


def test_every_frame_counts_the_same_however_the_strip_is_cut():
    card = card_named("tkp").model_copy(
        update={
            "dimension": 2,
            "files": (ModelFile(name="w", sha256="0" * 64, size=1),),
            "preprocessing": Preprocessing(width=1, height=1, colour="rgb"),
        }
    )
    lengths: list[int] = []

    def clips(frames: np.ndarray) -> np.ndarray:
        lengths.append(len(frames))
        return np.stack([frames[:, 0, 0, 0], frames[:, 1, 0, 0]], axis=1)

    strip = [np.array([[[1, 3, 0]]], np.uint8)] * 5 + [np.array([[[9, 2, 0]]], np.uint8)] * 6
    (vector,) = ClipTrackletEmbedder(clips, card).embed([strip])
    assert lengths == [6, 5]
    np.testing.assert_allclose(vector, normalise(np.array([5 * 1 + 6 * 9, 5 * 3 + 6 * 2.0])))


def test_a_non_local_blocks_gradients_are_those_of_its_formula():
    block = NonLocal(4).double().eval()
    torch.nn.init.ones_(block.bn.weight)
    x = normal(2, 4, 3, 2).double().requires_grad_()
    # The attention itself is computed in float32.
    assert torch.autograd.gradcheck(lambda y: block(y, 2), (x,), eps=1e-3, atol=1e-2)


def test_the_video_branch_serves_tracklets(tmp_path: Path):
    shipped = card_named("tkp").model_dump() | {
        "name": "my-tkp",
        "architecture": LIGHT,
        "dimension": 16,
        "preprocessing": card_named("tkp").preprocessing.model_dump() | {"height": 64, "width": 32},
    }
    pair = network(awake=True)
    save_checkpoint(pair, ModelCard.model_validate(shipped), tmp_path / "my-tkp")
    model = registry.load("my-tkp", [tmp_path], device="cpu")
    crops = list(np.random.default_rng(0).integers(0, 256, (3, 64, 32, 3), np.uint8))
    vectors = model.tracklet.embed([crops, crops[::-1]])
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2) / 255
    mean, std = (
        torch.tensor(v)[:, None, None]
        for v in (model.card.preprocessing.mean, model.card.preprocessing.std)
    )
    with torch.inference_mode():
        expected = pair.frames((pixels - mean) / std, 3)[0].mean(dim=0)
    assert float(vectors[0] @ normalise(expected.numpy())) == pytest.approx(1, abs=1e-3)
    assert float(vectors[0] @ vectors[1]) == pytest.approx(1, abs=1e-3)
    assert model.image.embed(crops).shape == (3, 16)
    with pytest.raises(CropInvalid, match="Strip 1"):
        model.tracklet.embed([crops, []])
