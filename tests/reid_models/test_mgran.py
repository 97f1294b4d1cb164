"""MGRAN: each region through its own mask, and only what two crops both show is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reid_models import registry
from reid_models.cards import Architecture, ModelCard, Preprocessing, card_named, read_card
from reid_models.checkpoints import save_checkpoint
from reid_models.datasets import read_dataset
from reid_models.embedders import normalise
from reid_models.errors import TrainingError, VectorsInvalid, WeightsMissing
from reid_models.losses import batch_hard_triplet
from reid_models.masks.inputs import masked_inputs
from reid_models.masks.lessons import with_masks
from reid_models.masks.providers import GivenMasks, StripeMasks, crop_key
from reid_models.masks.regions import given as given_masks
from reid_models.methods import build
from reid_models.methods.mgran import BLOCKS, MGRAN
from reid_models.preprocessing import preprocess
from reid_models.recipes import (
    Augmentation,
    Batch,
    LossWeights,
    Optimiser,
    Recipe,
    Size,
    load_recipe,
)
from reid_models.region_distances import region_distances, rescore, split_regions
from reid_models.region_maps import region_shares
from reid_models.tasks import build_task
from reid_models.tasks.mgran import shared_distances
from reid_models.training import Report, train
from reid_models.training_data import TrainingSet, load_training_set
from reid_models.transforms import augment, clean
from tests.reid_models.toy_people import write_people

IMAGE = Architecture(depth=10, width=8)
FEATURE = Architecture(depth=10, width=8, mask_level="feature")
BOTH = pytest.mark.parametrize("architecture", [IMAGE, FEATURE])


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network(architecture: Architecture = IMAGE) -> MGRAN:
    torch.manual_seed(0)
    return MGRAN(architecture, 32).eval()


def masks(count: int = 2, *, hidden: int | None = None) -> Tensor:
    """A person in the middle columns of 64×32, in three regions of whole cells of 16 rows."""
    drawn = torch.zeros(count, BLOCKS, 64, 32)
    drawn[:, 0, :, 8:24] = 1
    for region, rows in enumerate((slice(0, 16), slice(16, 32), slice(32, 64)), 1):
        drawn[:, region, rows, 8:24] = 1
    if hidden is not None:
        drawn[:, hidden] = 0
    return drawn


def inputs(images: Tensor, drawn: Tensor | None = None) -> Tensor:
    return torch.cat([images, masks(len(images)) if drawn is None else drawn], dim=1)


IMAGES = normal(2, 3, 64, 32)


def test_the_background_cannot_move_anything():
    outside = masks()[:, :1] == 0
    other = torch.where(outside, normal(2, 3, 64, 32, seed=1), IMAGES)
    before, after = (network().features(inputs(x)) for x in (IMAGES, other))
    assert torch.equal(before.pooled, after.pooled)
    assert torch.equal(before.served, after.served)
    fast = [network(FEATURE).features(inputs(x)).pooled for x in (IMAGES, other)]
    assert not torch.allclose(fast[0], fast[1]), "the fast level does see it, at the edges"


def test_the_legs_move_the_person_and_the_lower_body_alone():
    legs = masks()[:, 3:4] > 0
    other = torch.where(legs, normal(2, 3, 64, 32, seed=1), IMAGES)
    before, after = (network().features(inputs(x)).pooled for x in (IMAGES, other))
    same = [torch.equal(before[:, block], after[:, block]) for block in range(BLOCKS)]
    assert same == [False, True, True, False]
    # As rectangles that overlap, regions do see their neighbours: that is what RL is for.
    parts = masks()
    parts[:, 2, 16:48] = 1
    before, after = (network().features(inputs(x, parts)).pooled for x in (IMAGES, other))
    same = [torch.equal(before[:, block], after[:, block]) for block in range(BLOCKS)]
    assert same == [False, True, False, False]


@BOTH
def test_whole_masks_give_the_plain_feature_four_times(architecture: Architecture):
    mgran = network(architecture)
    pooled = mgran.features(inputs(IMAGES, torch.ones(2, BLOCKS, 64, 32))).pooled
    plain = mgran.backbone(IMAGES).mean(dim=(2, 3))
    for block in range(BLOCKS):
        torch.testing.assert_close(pooled[:, block], plain)


@BOTH
def test_one_half_is_inside_a_mask(architecture: Architecture):
    mgran = network(architecture)
    drawn = masks()
    soft = torch.where(drawn > 0, 0.5, 0.499)
    assert torch.equal(mgran(inputs(IMAGES, soft)), mgran(inputs(IMAGES, drawn)))


@BOTH
@pytest.mark.parametrize("training", [False, True])
def test_an_empty_region_is_zeros_and_says_so(architecture: Architecture, training: bool):
    mgran, drawn = network(architecture).train(training), masks(4)
    drawn[1, 2] = 0
    features = mgran.features(inputs(normal(4, 3, 64, 32), drawn))
    assert features.visible.tolist() == [[True] * 4, [True, True, False, True], *[[True] * 4] * 2]
    for values in (features.pooled, features.served):
        assert torch.isfinite(values).all()
        assert (values[1, 2] == 0).all()
        assert values[1, 1].any()
    vectors = mgran(inputs(normal(4, 3, 64, 32), drawn)).detach().numpy()
    blocks, visible = split_regions(normalise(vectors))
    assert visible.tolist() == features.visible.tolist()
    np.testing.assert_allclose(np.linalg.norm(blocks[visible], axis=1), 1, atol=1e-5)


@BOTH
def test_regions_come_in_a_fixed_order(architecture: Architecture):
    mgran, order = network(architecture), [0, 3, 1, 2]
    plain = mgran.features(inputs(IMAGES)).pooled
    turned = mgran.features(inputs(IMAGES, masks()[:, order])).pooled
    torch.testing.assert_close(turned, plain[:, order])


def test_the_four_streams_share_one_resnet():
    with torch.device("meta"):
        paper = MGRAN(Architecture(depth=50), 512)
    backbone = sum(p.numel() for p in paper.backbone.parameters())
    assert backbone == 23_508_032
    heads = BLOCKS * (2048 * 128 + 2 * 128)
    assert sum(p.numel() for p in paper.parameters()) == backbone + heads


def test_the_fast_level_is_a_mean_over_the_masks_share_of_each_cell():
    mgran, drawn = network(FEATURE), torch.zeros(2, BLOCKS, 64, 32)
    drawn[:, 0] = 1
    drawn[:, 1, 16:32, 8:16] = 1  # half of one cell of 16×16
    drawn[:, 1, 32:48, 16:32] = 1  # all of another
    last = mgran.backbone(IMAGES)
    expected = (last[:, :, 1, 0] * 0.5 + last[:, :, 2, 1]) / 1.5
    torch.testing.assert_close(mgran.features(inputs(IMAGES, drawn)).pooled[:, 1], expected)


@BOTH
def test_shares_of_places_sum_to_the_served_vector(architecture: Architecture):
    mgran, drawn = network(architecture), masks()
    drawn[1, 3] = 0
    shares = region_shares(mgran, inputs(IMAGES, drawn)).sum(dim=(3, 4)).flatten(1)
    whole = torch.nn.functional.normalize(mgran(inputs(IMAGES, drawn)))
    torch.testing.assert_close(shares, whole, atol=1e-5, rtol=1e-4)


# Distances


def vectors(count: int, seed: int, hide: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    blocks = normalise(rng.normal(size=(count, BLOCKS, 8)).astype(np.float32))
    gone = rng.random((count, BLOCKS)) < hide
    gone[:, 0] = False
    blocks[gone] = 0
    return normalise(blocks.reshape(count, -1))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 0.9))
def test_distances_are_symmetric_and_zero_to_oneself(seed: int, hide: float):
    found = vectors(6, seed, hide)
    table = region_distances(found, found)
    np.testing.assert_allclose(table, table.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(table), 0, atol=2e-3)
    assert (table >= 0).all()
    assert (table <= 2).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_a_region_hidden_on_one_side_does_not_count(seed: int, region: int):
    left, right = vectors(3, seed), vectors(4, seed + 1)

    def without(served: np.ndarray) -> np.ndarray:
        blocks = served.reshape(len(served), BLOCKS, -1).copy()
        blocks[:, region] = 0
        return normalise(blocks.reshape(len(served), -1))

    both = region_distances(without(left), without(right))
    np.testing.assert_allclose(region_distances(without(left), right), both, atol=1e-6)
    np.testing.assert_allclose(region_distances(left, without(right)), both, atol=1e-6)


def test_the_distance_by_hand():
    left, right = vectors(1, 0), vectors(1, 1)
    blocks = [split_regions(each)[0][0] for each in (left, right)]
    apart = np.linalg.norm(blocks[0] - blocks[1], axis=1)
    assert region_distances(left, right)[0, 0] == pytest.approx(
        (apart[0] + apart[1:].sum() / 3) / 2, abs=1e-5
    )


def test_rescoring_sorts_the_first_hits_anew():
    query, hits = vectors(1, 0)[0], vectors(6, 1)
    hits[4] = query
    order = np.arange(6)
    assert rescore(query, hits, order, 3).tolist()[3:] == [3, 4, 5]
    anew = rescore(query, hits, order, 5)
    assert anew[0] == 4
    assert sorted(anew) == list(range(6))
    with pytest.raises(VectorsInvalid, match="multiple of 4"):
        region_distances(query[None, :30], hits[:, :30])


# Training


def recipe(architecture: Architecture = FEATURE, **weights: float) -> Recipe:
    return Recipe(
        method="mgran",
        summary="A network for tests.",
        architecture=architecture,
        dimension=32,
        input=Size(height=64, width=32),
        epochs=1,
        losses=LossWeights.model_validate({"identity": 0, "triplet": 0} | weights),
    )


def test_a_region_that_nobody_shows_teaches_nothing():
    task = build_task(recipe(identity=1, triplet=1), people=2)
    images, labels = normal(4, 3, 64, 32), torch.tensor([0, 0, 1, 1])
    terms = task(inputs(images, masks(4, hidden=2)), labels, None)
    torch.stack(list(terms.values())).sum().backward()
    gone = {f"{part}.2" for part in ("classifiers", "served_classifiers", "network.embeddings")}
    for name, parameter in task.named_parameters():
        still = any(name.startswith(f"{prefix}.") for prefix in gone)
        moved = parameter.grad is not None and bool(parameter.grad.any())
        assert moved is not (still or not parameter.requires_grad), name


def test_the_identity_loss_is_the_sum_of_the_regions():
    task = build_task(recipe(identity=1), people=4)
    images, labels = normal(4, 3, 64, 32), torch.arange(4)
    # Classifiers start near zero: each is as unsure as four people allow.
    once = task(inputs(images, masks(4)), labels, None)["identity"].item()
    assert once == pytest.approx(4 * np.log(4), rel=0.02)
    less = task(inputs(images, masks(4, hidden=1)), labels, None)["identity"].item()
    assert less == pytest.approx(3 * np.log(4), rel=0.02)


def test_distances_in_training_are_those_of_what_both_show():
    features, visible = normal(4, BLOCKS, 5), torch.ones(4, BLOCKS, dtype=torch.bool)
    torch.testing.assert_close(
        shared_distances(features, visible),
        torch.cdist(features.flatten(1), features.flatten(1)),
        atol=5e-3,
        rtol=1e-3,
    )
    visible[1, 2] = False
    features[1, 2] = 0
    hidden = shared_distances(features, visible)
    kept = [0, 1, 3]
    expected = (features[0, kept] - features[1, kept]).norm() * (4 / 3) ** 0.5
    torch.testing.assert_close(hidden[0, 1], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(hidden[0, 2], torch.dist(features[0], features[2]))


def test_the_triplet_loss_sees_the_regions_end_to_end_where_all_is_visible():
    task = build_task(recipe(triplet=1), people=2).eval()
    batch, labels = inputs(normal(4, 3, 64, 32), masks(4)), torch.tensor([0, 0, 1, 1])
    pooled = task.network.features(batch).pooled.flatten(1)
    torch.testing.assert_close(
        task(batch, labels, None)["triplet"], batch_hard_triplet(pooled, labels)
    )


CROPS = torch.randint(
    0, 256, (6, 3, 64, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(3)
)


def lessons(crops: Tensor = CROPS) -> TrainingSet:
    return TrainingSet(crops, torch.arange(6) // 2, 3, "noise", ())


def test_crops_carry_their_masks_through_training(tmp_path: Path):
    data = with_masks(lessons(), FEATURE, folder=tmp_path)
    assert data.crops.shape == (6, 7, 64, 32)
    assert torch.equal(data.crops[:, :3], CROPS)
    assert set(data.crops[:, 3:].unique().tolist()) == {0, 255}
    assert with_masks(data, FEATURE) is data
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(TrainingError, match="masks=stripes"):
        with_masks(lessons(), FEATURE.model_copy(update={"masks": "pose"}))


def test_masks_are_flipped_and_moved_with_their_crop():
    halves = torch.zeros(6, BLOCKS, 64, 32, dtype=torch.uint8)
    halves[:, :, :, :16] = 255
    crops = torch.cat([CROPS, halves], dim=1)
    none = Augmentation(flip=0, shift=0, erase=0)

    def changed(settings: Augmentation, images: Tensor) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        return augment(images, settings, generator, height=64, width=32)

    plain = clean(crops, 64, 32)
    torch.testing.assert_close(plain[:, 3:], halves / 255)
    torch.testing.assert_close(changed(none, crops), plain, atol=1e-4, rtol=0)
    flipped = changed(none.model_copy(update={"flip": 1}), crops)
    torch.testing.assert_close(flipped, plain.flip(3), atol=1e-4, rtol=0)
    # Masked and then flipped is flipped and then masked.
    torch.testing.assert_close(
        flipped[:, :3] * flipped[:, 3:4], (plain[:, :3] * plain[:, 3:4]).flip(3), atol=1e-4, rtol=0
    )
    # Masks change nothing about their crops, and what is pasted over a crop is not the person.
    strong = Augmentation(occlusion=1, erase=0.5, colour=0.2, grey=0.2, rotation=5)
    with_them, without = changed(strong, crops), changed(strong, CROPS)
    torch.testing.assert_close(with_them[:, :3], without)
    full = changed(
        none.model_copy(update={"occlusion": 1}),
        torch.cat([CROPS, torch.full_like(halves, 255)], 1),
    )
    pasted = (full[:, :3] - clean(CROPS, 64, 32)).abs().amax(dim=1) > 1e-3
    assert not (full[:, 3:] > 0)[pasted[:, None].expand(-1, BLOCKS, -1, -1)].any()
    assert 0.02 < pasted.float().mean() < 0.5


def test_it_learns(tmp_path: Path):
    folder = write_people(tmp_path / "people", people=6, crops=6)
    quick = recipe(identity=1, triplet=1).model_copy(
        update={
            "epochs": 25,
            "batch": Batch(people=4, crops=3),
            "optimiser": Optimiser(rate=3e-3, warmup_epochs=0, schedule="cosine"),
        }
    )
    data = load_training_set([read_dataset(folder)], Size(height=32, width=16))
    reports: list[Report] = []
    made = train("toy", quick, data, tmp_path / "run", device="cpu", report=reports.append)
    assert made is not None
    assert reports[-1].terms["identity"] < 0.75 * 4 * np.log(6)
    assert isinstance(build(read_card(made / "card.yaml"), made / "weights.safetensors"), MGRAN)


# Serving


def card(architecture: Architecture, name: str = "my-mgran") -> ModelCard:
    shipped = card_named("mgran").model_dump() | {
        "name": name,
        "architecture": architecture,
        "dimension": 32,
        "preprocessing": card_named("mgran").preprocessing.model_dump()
        | {"height": 64, "width": 32},
    }
    return ModelCard.model_validate(shipped)


@BOTH
def test_it_serves_by_stripes_and_explains_itself(architecture: Architecture, tmp_path: Path):
    mgran = network(architecture)
    save_checkpoint(mgran, card(architecture), tmp_path / "my-mgran")
    model = registry.load("my-mgran", [tmp_path], device="cpu")
    crops = list(np.random.default_rng(0).integers(0, 256, (3, 70, 30, 3), np.uint8))
    served = model.image.embed(crops)
    prepared = masked_inputs(StripeMasks(), model.card.preprocessing, architecture)(crops)
    with torch.inference_mode():
        expected = normalise(mgran(torch.from_numpy(prepared)).numpy())
    assert ((served * expected).sum(axis=1) > 0.999).all()
    assert split_regions(served)[1].all()
    assert model.explainer is not None
    explained = model.explainer.explain(crops[0], crops[1])
    assert explained.kind == "share"
    assert explained.left.shape == (4, 2)
    assert explained.left.max() == pytest.approx(1)
    region = model.card.model_copy(
        update={"architecture": architecture.model_copy(update={"region_shape": "part"})}
    )
    assert region.space != model.card.space


def test_a_model_that_looks_by_a_pose_model_says_what_it_needs(tmp_path: Path):
    architecture = FEATURE.model_copy(update={"masks": "pose"})
    save_checkpoint(network(FEATURE), card(architecture), tmp_path / "my-mgran")
    with pytest.raises(WeightsMissing, match="pose model"):
        registry.load("my-mgran", [tmp_path], device="cpu")


def test_inputs_are_the_crop_and_then_its_masks():
    crop = np.random.default_rng(0).integers(0, 256, (64, 32, 3), np.uint8)
    drawn = masks(1)[0].numpy()
    provider = GivenMasks({crop_key(crop): given_masks(drawn[0], drawn[1:])})
    recipe = Preprocessing(width=32, height=64, colour="rgb", scale=1 / 256)
    made = masked_inputs(provider, recipe, FEATURE)([crop])
    np.testing.assert_array_equal(made[0, 3:], drawn)
    np.testing.assert_array_equal(made[:, :3], preprocess([crop], recipe))
    # The paper's scale is of intensities: white is just below 1.
    assert preprocess([np.full_like(crop, 255)], recipe).max() == np.float32(255 / 256)


@pytest.mark.parametrize("name", ["mgran", "mgran-light"])
def test_recipes_serve_four_blocks(name: str):
    loaded = load_recipe(name)
    assert loaded.dimension % BLOCKS == 0
    if name == "mgran":
        assert loaded.architecture == card_named("mgran").architecture
