"""Where names and numbers stand on a printed map, so that none covers another, a mark or the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_LINE = 1.3
"""Height of a written line, in letters."""

_STEPS = (
    (0.0, 0.0),
    (0.0, 1.4),
    (0.0, -1.4),
    (1.0, 0.7),
    (-1.0, 0.7),
    (1.0, -0.7),
    (-1.0, -0.7),
    (0.0, 2.6),
    (0.0, -2.6),
)
"""Where a name is tried: half widths to the right and letters up from its place, the best first."""


@dataclass(frozen=True)
class Written:
    """A name that has room: its number among those given, and the middle of its letters (pixels)."""

    number: int
    x: float
    y: float


def width_of(text: str, *, size: float) -> float:
    """Return how wide a text is in letters `size` high: a Chinese sign is as wide as high, others about half as wide.

    >>> width_of("富阳", size=10.0), width_of("ab", size=10.0)
    (20.0, 11.0)
    """
    return sum(1.0 if ord(sign) > 0x2E7F else 0.55 for sign in text) * size


def place_names(
    at: Points,
    names: Sequence[str],
    *,
    size: float,
    marks: Points | None = None,
    mark: float = 0.0,
    frame: tuple[float, float, float, float] | None = None,
) -> list[Written]:
    """Return where names can be written near their places without covering one before them or a mark.

    Parameters
    ----------
    at : float64 (n, 2)
        Places in pixels, those that matter most first.
    names : sequence of str
    size : float
        Height of the letters, pixels.
    marks : float64 (m, 2), optional
        Middles of marks that stay free, pixels.
    mark : float
        Half the width of a mark.
    frame : tuple of float, optional
        Left, bottom, right and top within which letters stay.

    >>> at = np.array([[50.0, 50.0], [55.0, 52.0], [90.0, 50.0]])
    >>> [(each.number, each.y) for each in place_names(at, ["富阳", "富春", "东洲"], size=10.0)]
    [(0, 50.0), (1, 66.0), (2, 50.0)]
    >>> place_names(at[:1], ["富阳"], size=10.0, marks=at[:1], mark=4.0)[0].y
    64.0
    """
    blocked = [] if marks is None else [(float(x), float(y), mark, mark) for x, y in marks]
    found = []
    for number, ((x, y), name) in enumerate(zip(at.tolist(), names, strict=True)):
        half, tall = width_of(name, size=size) / 2.0, _LINE * size / 2.0
        for right, up in _STEPS if name else ():
            middle = (x + right * (half + mark), y + up * size)
            if frame is not None and not (
                frame[0] <= middle[0] - half
                and middle[0] + half <= frame[2]
                and frame[1] <= middle[1] - tall
                and middle[1] + tall <= frame[3]
            ):
                continue
            if all(abs(middle[0] - bx) >= half + bw or abs(middle[1] - by) >= tall + bh for bx, by, bw, bh in blocked):
                blocked.append((*middle, half, tall))
                found.append(Written(number, *middle))
                break
    return found


def move_apart(points: Points, *, distance: float, still: Points | None = None) -> Points:
    """Return `points` (n, 2) moved until no two are nearer than `distance`, each as little as may be.

    `still` (m, 2) are places that they keep away from by the same distance, and that are not moved.

    >>> apart = move_apart(np.array([[0.0, 0.0], [0.0, 0.0], [50.0, 0.0]]), distance=4.0)
    >>> bool(np.hypot(*(apart[0] - apart[1])) >= 3.9), apart[2].tolist()
    (True, [50.0, 0.0])
    >>> beside = move_apart(np.array([[1.0, 0.0]]), distance=4.0, still=np.array([[0.0, 0.0]]))
    >>> bool(np.hypot(*beside[0]) >= 3.9)
    True
    """
    # Equal points have no direction to part in: give each its own, by its number.
    turn = np.arange(len(points)) * 2.4
    moved = points + 0.01 * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(200):
        step = np.zeros_like(moved)
        for at in range(len(moved)):
            for others, share in ((moved, 2.0), (still, 1.0)):
                if others is None:
                    continue
                off = moved[at] - others
                far = np.hypot(off[:, 0], off[:, 1])
                near = (far < distance) & (far > 0)
                step[at] += (off[near] / far[near, None] * ((distance - far[near]) / share)[:, None]).sum(axis=0)
        if not step.any():
            break
        moved += step
    return np.where(np.abs(moved - points) < 0.02, points, moved)


def densest_part(
    points: Points, box: tuple[float, float, float, float], *, parts: Sequence[float] = (0.08, 0.12, 0.17, 0.25)
) -> tuple[Points, float] | None:
    """Return the smallest part of a box that holds two fifths of the points; None where they lie apart.

    Parameters
    ----------
    points : float64 (n, 2)
    box : tuple of float
        West, south, east and north.
    parts : sequence of float
        Widths and heights of parts in those of the box, the smallest first.

    Returns
    -------
    (corner, part)
        West and south of it; its width and height in those of the box.

    >>> crowd = np.concatenate([np.full((6, 2), 0.96), [[0.1, 0.1], [0.5, 0.2]]])
    >>> corner, part = densest_part(crowd, (0.0, 0.0, 1.0, 1.0))
    >>> corner.round(3).tolist(), part
    ([0.92, 0.92], 0.08)
    >>> densest_part(np.column_stack([np.arange(9.0) / 8] * 2), (0.0, 0.0, 1.0, 1.0)) is None
    True
    """
    west, south, east, north = box
    whole = np.array([east - west, north - south])
    if len(points) < 6 or not (whole > 0).all():
        return None
    for part in parts:
        span = part * whole
        corners = np.clip(points - span / 2.0, [west, south], np.array([east, north]) - span)
        inside = (points[None] >= corners[:, None]) & (points[None] <= (corners + span)[:, None])
        count = inside.all(axis=2).sum(axis=1)
        if count.max() >= 0.4 * len(points):
            return corners[int(count.argmax())], part
    return None
