"""Coverage summed over an area, and its shares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sums:
    """Coverage summed over an area, in people and in places (demand points where anybody is).

    Attributes
    ----------
    people, covered, covered_if_open, covered_twice, unattached : float
        See `geo.coverage.measure.Coverage`.
    places, places_covered, places_if_open, places_twice, places_unattached : int
        The same by places: every inhabited point counts once, however many live there.
    """

    people: float
    covered: float
    covered_if_open: float
    covered_twice: float
    unattached: float
    places: int
    places_covered: int
    places_if_open: int
    places_twice: int
    places_unattached: int

    @property
    def share(self) -> float:
        """Covered people over all people."""
        return share_of(self.covered, self.people)

    @property
    def share_twice(self) -> float:
        """People covered twice over all people."""
        return share_of(self.covered_twice, self.people)

    @property
    def share_if_open(self) -> float:
        """People covered only if facilities of unknown hours are open, over all people."""
        return share_of(self.covered_if_open, self.people)

    @property
    def share_of_places(self) -> float:
        """Covered places over all places."""
        return share_of(self.places_covered, self.places)


def share_of(part: float, whole: float) -> float:
    """Return ``part / whole``, 0.0 where the whole is nothing."""
    return part / whole if whole else 0.0
