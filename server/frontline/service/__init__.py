"""What the frontline log changes: entries and their review, experiences, effects.

One module a subject; this is the door for the rest of the system.
"""

from server.frontline.service.effects import (
    Links,
    address_of,
    destroy_spent_keys,
    make_links,
    picture_address,
    poster_picture,
    rate,
    scene_of,
)
from server.frontline.service.entries import put_entry, withdraw_entry
from server.frontline.service.experiences import (
    put_experience,
    review_experience,
    submit_experience,
    use_experience,
    withdraw_experience,
)
from server.frontline.service.handing_on import hand_on
from server.frontline.service.reviews import review_entry, undo_merge

__all__ = [
    "Links",
    "address_of",
    "destroy_spent_keys",
    "hand_on",
    "make_links",
    "picture_address",
    "poster_picture",
    "put_entry",
    "put_experience",
    "rate",
    "review_entry",
    "review_experience",
    "scene_of",
    "submit_experience",
    "undo_merge",
    "use_experience",
    "withdraw_entry",
    "withdraw_experience",
]
