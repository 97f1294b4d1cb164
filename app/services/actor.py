"""Who asks: every service takes an Actor first, so that accounts later change no wall."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person using the software.

    Args:
        name: written into judgements and the audit trail.
        cameras: ids of the cameras this person may see; None means all.
    """

    name: str
    cameras: frozenset[int] | None = None

    def __post_init__(self) -> None:
        """Refuse a nameless actor: the audit trail would be worthless."""
        if not self.name:
            raise ValueError("an actor needs a name")

    def may_see(self, camera_id: int) -> bool:
        """Whether this person may see what camera `camera_id` recorded."""
        return self.cameras is None or camera_id in self.cameras


OWNER = Actor("owner")
