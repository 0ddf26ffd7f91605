"""Organisations as people name them: by name, short name or alias, with what is above if needed."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from server.identity.queries import Organisation
from server.identity.rules import places_of, searchable

STEPS = re.compile(r"[/／>＞\\]+")
NOT_FOUND = "没有找到，请核对名称，或请系统管理员在“单位”中添加。"
OUT_OF_REACH = "不在您的管理范围内。"


class Places:
    """Finds organisations by what a cell says."""

    def __init__(self, organisations: Sequence[Organisation]) -> None:
        """Take those that may be named."""
        self._all = {one.id: one for one in organisations}
        self._by_name: dict[str, list[Organisation]] = defaultdict(list)
        for one in organisations:
            for name in _names(one):
                self._by_name[name].append(one)

    def named(self, text: str) -> list[Organisation]:
        """Return the organisations that a text can mean.

        “上级/名称” takes those that have 上级, or something with that name, above them. A full
        name counts before a short name or alias.
        """
        steps = [searchable(step) for step in STEPS.split(text) if step.strip()]
        if not steps:
            return []
        found = [
            one for one in self._by_name.get(steps[-1], []) if self._stands_below(one, steps[:-1])
        ]
        exact = [one for one in found if searchable(one.name) == steps[-1]]
        return exact or found

    def one(
        self, text: str, fits: Callable[[Organisation], str | None]
    ) -> tuple[Organisation | None, str]:
        """Return the one organisation that is meant, or None and why not.

        ``fits`` returns what speaks against an organisation; where another of the same name has
        nothing against it, that one is meant.
        """
        found = self.named(text)
        against = {one.id: fits(one) for one in found}
        fitting = [one for one in found if against[one.id] is None]
        if len(fitting) == 1:
            return fitting[0], ""
        if fitting:
            return None, f"有 {len(fitting)} 个同名，请写成“上级/名称”。"
        reasons = [reason for reason in against.values() if reason]
        return None, reasons[0] if reasons else NOT_FOUND

    def _stands_below(self, one: Organisation, steps: list[str]) -> bool:
        above = iter([self._all[place] for place in places_of(one.path)[:-1] if place in self._all])
        return all(any(step in _names(place) for place in above) for step in steps)


def _names(one: Organisation) -> set[str]:
    return {searchable(name) for name in _spelled(one) if name}


def _spelled(one: Organisation) -> Iterable[str]:
    return (one.name, one.short_name, *one.aliases)
