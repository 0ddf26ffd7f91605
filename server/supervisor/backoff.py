"""How long to wait before a process that died is started again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Doubling waits, in seconds; forgotten once a process has been up for a while."""

    first: float = 1.0
    longest: float = 60.0
    forgotten_after: float = 60.0

    def wait(self, deaths_in_a_row: int) -> float:
        """Return the seconds to wait after this many deaths in a row (1 is the first)."""
        doublings = min(deaths_in_a_row - 1, 30)
        return min(self.longest, self.first * 2.0**doublings)
