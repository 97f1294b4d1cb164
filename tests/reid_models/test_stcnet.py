"""STCnet's parts: what they see, what they may change, and who learns from whom."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from reid_models.completion.adversaries import Critic, IdGuider, to_network_input
from reid_models.completion.losses import cut_bands, painted_loss, real_loss, reconstruction
from reid_models.completion.networks import STCNet, TemporalAttention, composite
from reid_models.methods.baseline import Baseline
from reid_models.transforms import clean


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def net(scale: float = 10.0) -> STCNet:
    torch.manual_seed(0)
    return STCNet(width=8, scale=scale).eval()


def band(frames: int = 2, height: int = 32, width: int = 16) -> Tensor:
    mask = torch.zeros(frames, 1, height, width)
    mask[:, :, 10:22] = 1
    return mask


FRAMES, BEFORE, AFTER = (normal(2, 3, 32, 16, seed=s).tanh() for s in range(3))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1), st.floats(-1e6, 1e6))
def test_outside_the_mask_nothing_changes_whatever_is_painted(seed: int, share: float, far: float):
    masks = (torch.rand(2, 1, 8, 4, generator=torch.Generator().manual_seed(seed)) < share).float()
    frames, painted = normal(2, 3, 8, 4, seed=seed), far * normal(2, 3, 8, 4, seed=seed + 1)
    mixed = composite(painted, frames, masks)
    outside = (masks == 0).expand_as(frames)
    assert torch.equal(mixed[outside], frames[outside])
    assert torch.equal(mixed[~outside], painted[~outside])
    assert torch.equal(composite(painted, frames, torch.zeros_like(masks)), frames)
    assert torch.equal(composite(painted, frames, torch.ones_like(masks)), painted)


def test_what_the_network_gives_is_the_frame_itself_outside_the_mask():
    masks = band()
    for out in net()(FRAMES, masks, BEFORE, AFTER):
        outside = (masks == 0).expand_as(out)
        assert torch.equal(out[outside], FRAMES[outside])
        assert not torch.equal(out, FRAMES)
        assert out.abs().max() <= 1


def test_nothing_under_the_mask_is_looked_at():
    masks, stc = band(), net()
    other = torch.where(masks > 0, normal(2, 3, 32, 16, seed=9), FRAMES)
    for one, two in zip(
        stc(FRAMES, masks, BEFORE, AFTER), stc(other, masks, BEFORE, AFTER), strict=True
    ):
        torch.testing.assert_close(one, two, rtol=0, atol=0)
    seen = stc(FRAMES, masks, BEFORE, AFTER)[1]
    assert not torch.equal(stc(FRAMES, masks, other, AFTER)[1], seen)
    assert torch.equal(stc(FRAMES, masks, other, AFTER)[0], stc.paint(FRAMES, masks))


def test_the_loss_has_no_gradient_outside_the_mask():
    masks, painted = band(), normal(2, 3, 32, 16, seed=4).requires_grad_()
    reconstruction(FRAMES, composite(painted, FRAMES, masks), masks).backward()
    inside = (masks > 0).expand_as(painted)
    assert painted.grad is not None
    assert (painted.grad[~inside] == 0).all()
    assert (painted.grad[inside] != 0).all()
    torch.testing.assert_close(painted.grad.abs().sum(), torch.tensor(1.0))


def test_no_mask_no_loss():
    nothing = torch.zeros(2, 1, 32, 16)
    assert reconstruction(FRAMES, BEFORE, nothing) == 0


@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_attention_is_the_sum_it_says(scale: float):
    attention = TemporalAttention(scale)
    here, there = normal(1, 4, 3, 2), normal(1, 4, 3, 2, seed=1)
    out = attention(here, there)[0]
    padded = [nn.functional.pad(x[0], (1, 1, 1, 1)) for x in (here, there)]

    def patch(which: int, row: int, column: int) -> Tensor:
        return padded[which][:, row : row + 3, column : column + 3].reshape(-1)

    places = [(row, column) for row in range(3) for column in range(2)]
    for row, column in places:
        own = patch(0, row, column)
        cosines = torch.stack(
            [nn.functional.cosine_similarity(own, patch(1, *place), dim=0) for place in places]
        )
        weights = (scale * cosines).softmax(0)
        expected = sum(w * there[0, :, r, c] for w, (r, c) in zip(weights, places, strict=True))
        torch.testing.assert_close(out[:, row, column], expected)


def test_attention_sums_to_one_and_finds_what_was_moved():
    here = normal(2, 16, 8, 4)
    weights = TemporalAttention(10.0).weights(here, normal(2, 16, 8, 4, seed=1))
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 32))
    # Moved as a whole, every 3×3 patch that does not touch the edge is somewhere else complete.
    moved = here.roll((3, 1), dims=(2, 3))
    found = TemporalAttention(1000.0)(here, moved)
    torch.testing.assert_close(found[:, :, 1:4, 1:2], here[:, :, 1:4, 1:2], atol=1e-4, rtol=0)


def test_a_neighbour_that_is_the_same_everywhere_is_seen_as_it_is():
    even = normal(2, 16, 1, 1).expand(2, 16, 8, 4)
    for scale in (1.0, 10.0):
        seen = TemporalAttention(scale)(normal(2, 16, 8, 4, seed=1), even)
        torch.testing.assert_close(seen, even)


def test_the_neighbours_share_an_encoder():
    temporal, masks = net().temporal, band()
    painted = net().paint(FRAMES, masks)
    seen: list[Tensor] = []
    hook = temporal.join.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    temporal(painted, masks, BEFORE, AFTER)
    temporal(painted, masks, AFTER, BEFORE)
    hook.remove()
    (own, before, after), swapped = (x.chunk(3, dim=1) for x in seen)
    for left, right in zip((own, after, before), swapped, strict=True):
        assert torch.equal(left, right)
    assert not torch.equal(before, after)


def test_half_the_width_is_a_quarter_of_the_weights():
    with torch.device("meta"):
        full, half = (sum(p.numel() for p in STCNet(width).parameters()) for width in (64, 32))
    assert full / half == pytest.approx(4, rel=0.02)
    assert 11e6 < full < 12e6


def people(count: int = 3) -> IdGuider:
    torch.manual_seed(1)
    network = nn.Sequential(Baseline(10, 16, width=8), nn.Linear(16, count))
    return IdGuider(network, 32, 16)


def touched(module: nn.Module) -> bool:
    return any(p.grad is not None for p in module.parameters())


def test_a_critics_step_leaves_the_generators_alone():
    stc, critic = net().train(), Critic(8)
    painted = stc(FRAMES, band(), BEFORE, AFTER)[1].detach()
    real_loss(critic(FRAMES), critic(painted)).backward()
    assert touched(critic)
    assert not touched(stc)


def test_a_generators_step_reaches_both_generators_through_critic_and_guider():
    stc, critic, guider = net().train(), Critic(8).requires_grad_(False), people()
    painted = stc(FRAMES, band(), BEFORE, AFTER)[1]
    for loss in (painted_loss(critic(painted)), guider(painted).logsumexp(1).mean()):
        stc.zero_grad()
        loss.backward(retain_graph=True)
        assert all(touched(part) for part in (stc.spatial, stc.temporal))
        assert not touched(critic)
        assert not touched(guider)


def test_the_guider_never_changes_and_its_answers_are_those_of_its_network():
    guider = people()
    before = {key: value.clone() for key, value in guider.state_dict().items()}
    guider.train()
    assert not any(module.training for module in guider.modules())
    frames = FRAMES.clone().requires_grad_()
    guider(frames).sum().backward()
    assert frames.grad is not None
    assert frames.grad.abs().sum() > 0
    assert all(torch.equal(value, before[key]) for key, value in guider.state_dict().items())
    crops = torch.randint(0, 256, (2, 3, 64, 32), generator=torch.Generator().manual_seed(0))
    crops = crops.to(torch.uint8)
    given = crops.float() / 127.5 - 1
    torch.testing.assert_close(
        to_network_input(given, 32, 16), clean(crops, 32, 16), atol=1e-5, rtol=0
    )


def test_bands_are_cut_at_each_frames_own_height():
    tops = torch.tensor([0, 20])
    cut = cut_bands(FRAMES, tops, 12)
    assert torch.equal(cut[0], FRAMES[0, :, :12])
    assert torch.equal(cut[1], FRAMES[1, :, 20:32])


def test_a_critic_wants_real_above_painted():
    sure, wrong = torch.tensor([8.0]), torch.tensor([-8.0])
    assert real_loss(sure, wrong) < 1e-3 < real_loss(wrong, sure)
    assert painted_loss(sure) < 1e-3 < painted_loss(wrong)


def striped(generator: torch.Generator, people: int) -> Tensor:
    """(people, 3 frames, 3, 16, 8): three bands of colours that only this person wears."""
    colours = 1.6 * torch.rand(people, 3, 3, generator=generator) - 0.8
    rows = colours[:, torch.tensor([0] * 5 + [1] * 6 + [2] * 5)].transpose(1, 2)
    frames = rows[:, None, :, :, None].expand(people, 3, 3, 16, 8)
    return frames + 0.03 * torch.randn(frames.shape, generator=generator)


@pytest.mark.slow
def test_neighbours_tell_a_colour_that_the_frame_alone_cannot():
    torch.manual_seed(0)
    stc, generator = STCNet(width=8), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(stc.parameters(), lr=3e-3)
    masks = torch.zeros(16, 1, 16, 8)
    masks[:, :, 5:11] = 1
    for _ in range(150):
        before, truth, after = striped(generator, 16).unbind(1)
        painted = stc(truth, masks, before, after)
        loss = torch.stack([reconstruction(truth, each, masks) for each in painted]).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    before, truth, after = striped(generator, 16).unbind(1)
    with torch.inference_mode():
        alone, together = stc.eval()(truth, masks, before, after)
    grey = reconstruction(truth, torch.zeros_like(truth), masks)
    assert reconstruction(truth, together, masks) < 0.5 * grey
    assert reconstruction(truth, together, masks) < 0.7 * reconstruction(truth, alone, masks)
