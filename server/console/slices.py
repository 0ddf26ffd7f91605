"""Pages of a list that is at hand, by key as everywhere else."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from server.core.paging import Page

Item = TypeVar("Item")


def page_after(
    items: Sequence[Item], key: Callable[[Item], object], cursor: str | None, limit: int
) -> Page[Item]:
    """Return the items behind the one that the cursor names, from the start where none does."""
    start = next((at for at, item in enumerate(items, start=1) if str(key(item)) == cursor), 0)
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return Page(shown, str(key(shown[-1])) if more else None)
