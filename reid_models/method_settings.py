"""What a recipe says to one method alone: how its training-only parts work."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CANSettings", "DRANetSettings", "RDANSettings"]

Weight = Annotated[float, Field(ge=0.0)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DRANetSettings(_Settings):
    """DRANet: how its hard maps are made, and how much they count."""

    hard_channels: Weight = Field(1.0, description="loss on C, without the best channels; RCAM")
    hard_places: Weight = Field(1.0, description="loss on D, without the best places; RSAM")
    channel_power: Weight = Field(1.0, description="alpha of RCAM: how strongly it suppresses")
    place_power: Weight = Field(1.0, description="alpha of RSAM")
    heat: Literal["peak", "sigmoid"] = Field(
        "peak", description="how a class map becomes 0–1: by its own peak, or by its value"
    )
    through_reverse: bool = Field(
        False, description="the hard maps' losses change what they suppress by too, an ablation"
    )
    own_classifiers: bool = Field(False, description="C and D do not share one a stripe")
    warmup_epochs: float = Field(5.0, ge=0, description="before the hard maps count")


class RDANSettings(_Settings):
    """RDAN: how its agent learns where to look."""

    reward: Literal["identity", "margin", "gain"] = Field(
        "gain", description="the person recognised; the triplet's margin; what the margin grew by"
    )
    policy_weight: Weight = 0.01
    sigma: float = Field(0.15, gt=0, description="deviation of the drawn places, of -1…1")
    standardise: bool = Field(True, description="advantages, over the batch at each step")
    mean_over_glimpses: bool = Field(False, description="identities and triplets; else their sum")
    whole_epochs: float = Field(10.0, ge=0, description="before glimpses count")
    random_epochs: float = Field(10.0, ge=0, description="then at random places, before its own")


class CANSettings(_Settings):
    """CAN: what its episodes are, and what they teach."""

    frozen: bool = Field(False, description="the trunk keeps the weights it began with")
    support: int = Field(2, ge=1, description="crops a person that make the prototype")
    global_weight: Weight = Field(1.0, description="every position names its person")
    nearest_weight: Weight = Field(0.5, description="every position finds its prototype")
