"""Join short pieces into whole streets."""

from collections.abc import Collection, Hashable, Sequence


def trace_chains(
    ends: Sequence[tuple[int, int]], label: Sequence[Hashable], *, stops: Collection[int] = ()
) -> list[tuple[list[int], int]]:
    """Return the longest runs of pieces with one label between crossings.

    Parameters
    ----------
    ends : sequence of (int, int)
        The two vertices of each piece.
    label : sequence of hashable
        What must be equal along a run.
    stops : collection of int
        Vertices where runs stop in any case.

    Returns
    -------
    list of (list of int, int)
        The vertices of each run in order, and the number of one of its pieces. A run stops where three or more pieces
        meet, where one ends, and where the label changes.

    Examples
    --------
    >>> trace_chains([(1, 2), (2, 3), (3, 4)], ["a", "a", "b"])
    [([1, 2, 3], 1), ([3, 4], 2)]
    """
    pieces_at: dict[int, list[int]] = {}
    for piece, pair in enumerate(ends):
        for vertex in pair:
            pieces_at.setdefault(vertex, []).append(piece)
    done = [False] * len(ends)

    def passes(vertex: int) -> bool:
        at = pieces_at[vertex]
        return vertex not in stops and len(at) == 2 and label[at[0]] == label[at[1]]

    def run_from(vertex: int, piece: int) -> tuple[list[int], int]:
        run = [vertex]
        while True:
            done[piece] = True
            a, b = ends[piece]
            vertex = b if a == vertex else a
            run.append(vertex)
            if not passes(vertex):
                return run, piece
            first, second = pieces_at[vertex]
            piece = second if first == piece else first
            if done[piece]:
                return run, piece

    runs = []
    for ring in (False, True):  # runs between stops first; what is left are rings without any
        for piece, pair in enumerate(ends):
            for vertex in pair:
                if not done[piece] and (ring or not passes(vertex)):
                    runs.append(run_from(vertex, piece))
    return runs
