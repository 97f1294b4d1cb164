"""What every route is given: the site, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.services.actor import OWNER, Actor
from app.services.explanations import Explanations
from app.services.frames import FramePictures
from app.signing import LinkSigner
from app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Site:
    """One served store."""

    workspace: Workspace
    signer: LinkSigner
    pictures: FramePictures
    explanations: Explanations

    def media_url(self, key: str | None) -> str | None:
        """A signed link to a stored picture or clip; None stays None."""
        return None if key is None else self.signer.url(f"store/{key}")


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _actor() -> Actor:
    return OWNER


SiteDep = Annotated[Site, Depends(_site)]
ActorDep = Annotated[Actor, Depends(_actor)]
