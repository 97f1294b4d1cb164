"""What a run changes, as its record keeps it and as people read it: ids, counts, plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracking.association import Conflict, DecidedByTime, Linking, Proposal

BY_TIME = "decided_by_time"
"""The kind under which the store keeps pairs that "not in two places at once" kept apart."""


def recorded(proposal: Proposal) -> dict[str, Any]:
    """A proposal as JSON: ids only; a new person has a negative `key` until it is applied."""
    return {
        "new": [
            {"key": each.key, "person": None, "sightings": list(each.tracklets)}
            for each in proposal.new
        ],
        "merged": [{"into": each.into, "from": list(each.sources)} for each in proposal.merged],
        "split": [{"person": each.person, "into": list(each.into)} for each in proposal.split],
        "changed": [
            {"person": each.person, "added": list(each.added), "removed": list(each.removed)}
            for each in proposal.changed
        ],
        "kept": proposal.kept,
    }


def with_ids(changes: Mapping[str, Any], made: Mapping[int, int]) -> dict[str, Any]:
    """The same once applied: `made` says which person each negative key became."""

    def known(person: int) -> int:
        return made.get(person, person)

    return {
        **changes,
        "new": [{**each, "person": made.get(each["key"])} for each in changes["new"]],
        "merged": [{**each, "into": known(each["into"])} for each in changes["merged"]],
        "split": [
            {**each, "into": [known(other) for other in each["into"]]} for each in changes["split"]
        ],
    }


def identities_after(
    proposal: Proposal, ids: NDArray[np.int64], current: Mapping[int, int]
) -> NDArray[np.int64]:
    """Whom each sighting goes with: as proposed, else as it was; 0 for nobody."""
    proposed = dict(zip(proposal.ids.tolist(), proposal.identities.tolist(), strict=True))
    return np.array([proposed.get(each, current.get(each, 0)) for each in ids.tolist()], np.int64)


def counted(
    linking: Linking,
    identities: NDArray[np.int64],
    cameras: int,
    without_vectors: int,
    set_aside: int,
) -> dict[str, int]:
    """The numbers of a run.

    Args:
        linking: what was found.
        identities: (n,) whom each sighting goes with, 0 for nobody.
        cameras: how many took part.
        without_vectors: sightings that the model has not seen.
        set_aside: sightings of people who were set aside.
    """
    nobody = identities == 0
    return {
        "sightings": len(identities),
        "assigned": int((~nobody).sum()),
        "unassigned": int(nobody.sum()),
        "poor": int((nobody & linking.poor).sum()),
        "without_vectors": without_vectors,
        "set_aside": set_aside,
        "people": len(np.unique(identities[~nobody])),
        "cameras": cameras,
        "pairs_compared": linking.pairs_compared,
        "review": 0,
        "conflicts": len(linking.conflicts),
        "decided_by_time": len(linking.decided_by_time),
    }


def conflict_details(conflict: Conflict) -> dict[str, Any]:
    """What the store keeps of a contradiction beside the ids concerned."""
    return {"rule": conflict.rule, "decisions": list(conflict.orders)}


def by_time_details(pair: DecidedByTime) -> dict[str, Any]:
    """What the store keeps of a pair that "not in two places at once" kept apart."""
    return {"rule": pair.rule, "probability": round(pair.probability, 4)}
