"""Which case figures are withheld, so that no small number can be worked out. Pure.

Primary: a number below the smallest group, in a department or in a sum; and one that differs from
what an earlier edition shows by less than that: whoever keeps both would see the one case more.
Complementary: as much more as it takes that none of these follows from what this edition and the
earlier ones show together, the smallest loss first: another department of the same sum, then the
sum. Numbers are only ever added up, so what follows is reckoned by linear programmes
(``publication.simplex``), in two ways: as if nothing had changed since the earlier editions, so
that what one shows the other can't hide; and with numbers of each edition's own, for differences.

What is withheld of the registered cases is withheld of everything about them: who knows how many
were due knows how many were registered at least.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from server.core.lazily import Later
from server.quarterly.figures import CITY, CaseFigures, Choice, Count, Sum, Told, total
from server.quarterly.rules import Measure, Reason

if TYPE_CHECKING:
    from server.publication import simplex
else:
    simplex = Later("server.publication.simplex")

# An outsider knows no upper bound: this much beyond the truth stands for it.
ROOM = 10_000
HALF = 0.5
# A department's figure in an edition: (0, department) now, (1, …) in the first that was published.
Unknown = tuple[int, int]
Row = Mapping[Unknown, Fraction]
NOW = 0
ONE = Fraction(1)


def withhold(
    figures: Mapping[int, CaseFigures],
    sums: Sequence[Sum],
    smallest: int,
    earlier: Mapping[Measure, Sequence[Told]],
) -> dict[Measure, Choice]:
    """Return what is withheld of each measure.

    Args:
        figures: each department's numbers.
        sums: what is shown besides.
        smallest: the smallest number that is shown.
        earlier: what the editions of the quarter that were published before show, the first first.
    """

    def chosen(measure: Measure, start: Choice) -> Choice:
        values = {department: found[measure] for department, found in figures.items()}
        table = _Table(measure, values, sums, smallest, earlier.get(measure, ()))
        return table.protected(start)

    first = chosen(Measure.REGISTERED, Choice())
    rest = [measure for measure in Measure if measure is not Measure.REGISTERED]
    return {Measure.REGISTERED: first} | {one: chosen(one, first) for one in rest}


@dataclass(frozen=True)
class _Secret:
    """What must stay open: a sum of unknowns.

    ``identified`` takes figures of all editions for the same. ``from_nothing``: it must be possible
    that there is none.
    """

    row: Row
    identified: bool
    from_nothing: bool


class _Table:
    """One measure of all departments, with what earlier editions told of it."""

    def __init__(
        self,
        measure: Measure,
        values: Mapping[int, Count],
        sums: Sequence[Sum],
        smallest: int,
        earlier: Sequence[Told],
    ) -> None:
        self.measure = measure
        self.values = values
        self.sums = sorted(sums, key=lambda one: (len(one.members), one.key))
        self.smallest = smallest
        self.earlier = earlier
        self.choice = Choice()

    def protected(self, start: Choice) -> Choice:
        """Return what is withheld, beginning with what is already."""
        self.choice = start.copy()
        for department, count in self.values.items():
            if count.of < self.smallest:
                self.choice.cells[department] = Reason.FEW
            elif self._changed_little(department):
                self.choice.cells.setdefault(department, Reason.CHANGED)
        for one in self.sums:
            if self._sum(one).of < self.smallest:
                self.choice.sums[one.key] = Reason.FEW
        # Withholding more never tells more, so each is mended once.
        for secret in list(self._secrets()):
            if not self._is_open(secret) and not self._was_told(secret):
                self._mend(secret)
        return self.choice

    def _sum(self, one: Sum) -> Count:
        found = (self.values[member] for member in sorted(one.members))
        return total(found, self.measure)

    def _changed_little(self, department: int) -> bool:
        now = self.values[department]
        return any(
            self._small(now, told.cells[department])
            for told in self.earlier
            if department in told.cells
        )

    def _small(self, now: Count, before: Count) -> bool:
        differences = [now.of - before.of]
        if self.measure is Measure.SATISFIED:
            # Both parts are answers of persons.
            solved = now.parts["solved"] - before.parts["solved"]
            differences += [solved, differences[0] - solved]
        return any(0 < abs(difference) < self.smallest for difference in differences)

    def _secrets(self) -> Iterator[_Secret]:
        for department, reason in sorted(self.choice.cells.items()):
            if reason is Reason.FEW:
                yield from self._small_secrets({(NOW, department): ONE})
        for one in self.sums:
            if self._sum(one).of < self.smallest:
                yield from self._small_secrets({(NOW, member): ONE for member in one.members})
        for department, now in sorted(self.values.items()):
            for edition, told in enumerate(self.earlier, start=1):
                before = told.cells.get(department)
                if before is not None and self._small(now, before):
                    row = {(NOW, department): ONE, (edition, department): -ONE}
                    yield _Secret(row, identified=False, from_nothing=False)

    def _small_secrets(self, row: Row) -> Iterator[_Secret]:
        """Yield a small number as one of this edition alone, and as one that all are about.

        By itself this edition must not tell it, even where an earlier one told another number.
        """
        yield _Secret(row, identified=False, from_nothing=True)
        if self.earlier:
            yield _Secret(row, identified=True, from_nothing=True)

    def _is_open(self, secret: _Secret) -> bool:
        return self._holds(secret, self._rows(secret), self._known(secret))

    def _was_told(self, secret: _Secret) -> bool:
        """Tell whether the earlier editions alone tell it: then nothing here can hide it."""
        if not secret.identified or not self.earlier:
            return False
        return not self._holds(
            secret, self._earlier_rows(secret), self._earlier_known(identified=True)
        )

    def _holds(self, secret: _Secret, rows: list[Row], known: set[Unknown]) -> bool:
        unknown = {key for row in (*rows, secret.row) for key in row if key not in known}
        if not any(key in unknown for key in secret.row):
            return False
        bounds = {key: self._bounds(key) for key in sorted(unknown)}
        solutions = simplex.Solutions(rows, bounds)
        low, high = solutions.range(secret.row)
        if secret.from_nothing:
            shown = (key for key in secret.row if key in known)
            shift = float(sum(secret.row[key] * self._truth(key) for key in shown))
            return bool(low + shift < HALF and high + shift > self.smallest - HALF)
        return bool(high - low > self.smallest - HALF)

    def _bounds(self, key: Unknown) -> tuple[Fraction, Fraction, Fraction]:
        truth = self._truth(key)
        return Fraction(0), Fraction(truth), Fraction(truth + ROOM)

    def _truth(self, key: Unknown) -> int:
        edition, department = key
        if edition and department in self.earlier[edition - 1].cells:
            return self.earlier[edition - 1].cells[department].of
        # What an earlier edition withheld is not known any more; any number serves.
        return self.values[department].of if department in self.values else 0

    def _rows(self, secret: _Secret) -> list[Row]:
        rows: list[Row] = [
            {(NOW, member): ONE for member in one.members}
            for one in self.sums
            if one.key not in self.choice.sums
        ]
        return rows + self._earlier_rows(secret)

    def _earlier_rows(self, secret: _Secret) -> list[Row]:
        return [
            {(NOW if secret.identified else edition, member): ONE for member in members}
            for edition, told in enumerate(self.earlier, start=1)
            for members, _ in told.sums
        ]

    def _known(self, secret: _Secret) -> set[Unknown]:
        shown = {(NOW, one) for one in self.values if one not in self.choice.cells}
        return shown | self._earlier_known(identified=secret.identified)

    def _earlier_known(self, *, identified: bool) -> set[Unknown]:
        return {
            (NOW if identified else edition, department)
            for edition, told in enumerate(self.earlier, start=1)
            for department in told.cells
        }

    def _mend(self, secret: _Secret) -> None:
        for cells, sums in self._losses(secret):
            before = self.choice.copy()
            for cell in cells:
                self.choice.cells.setdefault(cell, Reason.COMPLEMENT)
            for key in sums:
                self.choice.sums.setdefault(key, Reason.COMPLEMENT)
            if self._is_open(secret):
                return
            self.choice = before
        self._mend_by_all(secret)

    def _mend_by_all(self, secret: _Secret) -> None:
        """Withhold everything, then show again what can be, the greatest loss first.

        For what editions with other groups tell together, where no short way out is found.
        """
        cells = self._shown(frozenset(self.values))
        sums = [one.key for one in self.sums if one.key not in self.choice.sums]
        self.choice.cells |= dict.fromkeys(cells, Reason.COMPLEMENT)
        self.choice.sums |= dict.fromkeys(sums, Reason.COMPLEMENT)
        for key in reversed(sums):
            del self.choice.sums[key]
            if not self._is_open(secret):
                self.choice.sums[key] = Reason.COMPLEMENT
        for cell in reversed(cells):
            del self.choice.cells[cell]
            if not self._is_open(secret):
                self.choice.cells[cell] = Reason.COMPLEMENT

    def _losses(self, secret: _Secret) -> Iterator[tuple[list[int], list[str]]]:
        """Yield what may be withheld for another's sake, the smallest loss first."""
        wanted = {department for _, department in secret.row}
        over = [
            one for one in self.sums if one.key not in self.choice.sums and wanted <= one.members
        ]
        dropped: list[str] = []
        for one in over:
            cells = self._shown(one.members - wanted)
            yield from (([cell], dropped) for cell in cells)
            yield from ((cells[:count], dropped) for count in range(2, len(cells) + 1))
            yield from self._other_sums(one, wanted, dropped)
            dropped = [*dropped, one.key]
            yield [], dropped

    def _other_sums(
        self, over: Sum, wanted: set[int], dropped: list[str]
    ) -> Iterator[tuple[list[int], list[str]]]:
        """Yield, instead of the larger sum, a smaller one beside, with one of its departments."""
        for one in self.sums:
            beside = one.members < over.members and not one.members & wanted
            if beside and one.key not in self.choice.sums:
                yield [], [*dropped, one.key]
                yield self._shown(one.members)[:1], [*dropped, one.key]

    def _shown(self, members: frozenset[int] | set[int]) -> list[int]:
        found = [one for one in members if one in self.values and one not in self.choice.cells]
        return sorted(found, key=lambda one: (self.values[one].of, one))


def sums_of(groups: Mapping[str, Sequence[int]], departments: Sequence[int]) -> list[Sum]:
    """Return the sums that are shown: one a group that has departments, and the city's."""
    shown = [Sum(key, frozenset(members)) for key, members in groups.items() if members]
    return [*shown, Sum(CITY, frozenset(departments))] if departments else []
