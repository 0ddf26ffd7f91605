"""Modules that are loaded when something of them is used first.

The job worker must start small: few of its jobs need numpy (11 MB), APIFlask with pydantic, or
wechatpy with requests (9 MB each), python-docx with lxml (7 MB) or redis (6 MB), and an import of a
million rows may take 150 MB with all that the worker is made of. So these, or the modules of ours
that import them, are named by ``Later``, each where it is used::

    if TYPE_CHECKING:
        from server.scoring import ranks
    else:
        ranks = Later("server.scoring.ranks")

Python's own ``importlib.util.LazyLoader`` isn't safe with threads before 3.11.9.
"""

from importlib import import_module
from typing import Any


class Later:
    """A module in place of which this stands until an attribute of it is asked for."""

    def __init__(self, name: str) -> None:
        """``name`` is the module's full name."""
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """Return the module's attribute; the first time, load it."""
        return getattr(import_module(self._name), attribute)
