"""Photos from outside: decoded under limits, drawn anew without any metadata, saved as JPEG."""

import io
import warnings
from pathlib import Path
from uuid import uuid4

from PIL import Image, ImageOps, UnidentifiedImageError

from server.core.errors import Refusal

LARGEST_PHOTO = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 2048
QUALITY = 85


def redraw(data: bytes) -> Image.Image:
    """Decode a picture and return its pixels alone, upright, at most 2,048 on a side."""
    if len(data) > LARGEST_PHOTO:
        raise Refusal("photo_too_large", 413, field="file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            source = Image.open(io.BytesIO(data), formats=FORMATS)
            if source.width * source.height > MOST_PIXELS:
                raise Refusal("photo_too_many_pixels", 422, field="file")
            upright = ImageOps.exif_transpose(source).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("photo_too_many_pixels", 422, field="file") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refusal("photo_unreadable", 422, field="file") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    return bare


def draft_jpeg(path: Path, picture: Image.Image) -> Path:
    """Save a picture beside ``path`` under a name of its own and return that one.

    Its caller renames it, so that ``path`` appears whole or not at all, whoever writes it at once.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{uuid4().hex[:8]}")
    picture.save(draft, "JPEG", quality=QUALITY, optimize=True)
    return draft
