"""What a page with a map needs: the configured tiles, and the content policy that lets them in.

Without a provider (the default) the map is a plain background and nothing leaves the browser.
"""

from dataclasses import dataclass

from flask import Response, g

from server.console.blueprint import console
from server.core.web import SECURITY_HEADERS
from server.settings import queries as settings
from server.settings.rules import (
    MAP_ATTRIBUTION,
    MAP_DATUM,
    MAP_TILES_URL,
    TileLayer,
    tile_layers,
)

POLICY = "Content-Security-Policy"
IMAGES = "img-src 'self' data: blob:"


@dataclass(frozen=True)
class MapTiles:
    """The configured layers; ``datum`` says in which coordinates they are drawn."""

    layers: list[TileLayer]
    datum: str
    attribution: str

    def described(self) -> dict[str, object]:
        """Return what the page's script reads."""
        return {
            "layers": [{"url": one.url, "subdomains": one.subdomains} for one in self.layers],
            # Without tiles there is nothing to agree with: coordinates are shown as they are kept.
            "datum": self.datum if self.layers else "gcj02",
            "attribution": self.attribution,
        }


def for_this_page() -> MapTiles:
    """Return the tiles, and let this answer's page load them."""
    tiles = MapTiles(
        tile_layers(settings.value(MAP_TILES_URL)),
        settings.value(MAP_DATUM),
        settings.value(MAP_ATTRIBUTION),
    )
    g.map_origins = sorted({origin for layer in tiles.layers for origin in layer.origins})
    return tiles


@console.after_request
def _let_tiles_in(response: Response) -> Response:
    origins = g.get("map_origins")
    if origins:
        policy = SECURITY_HEADERS[POLICY].replace(IMAGES, f"{IMAGES} {' '.join(origins)}")
        response.headers[POLICY] = policy
    return response
