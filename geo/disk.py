"""A full disk, whoever meets it: the system, NumPy or PostgreSQL."""

import errno

from geo.errors import NoSpaceError

_DISK_FULL = "53100"
"""SQLSTATE of PostgreSQL's ``disk_full``."""
_NO_SPACE = "No space left on device"


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error means that there is no space left, or no more that this account may use.

    Parameters
    ----------
    error : BaseException
        An `OSError`, psycopg's error or SQLAlchemy's around it.

    Examples
    --------
    >>> is_disk_full(OSError(28, "No space left on device")), is_disk_full(OSError("4096 requested and 12 written"))
    (True, True)
    >>> is_disk_full(FileNotFoundError(2, "No such file or directory"))
    False
    """
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError):
        # NumPy says how much of an array was written, and not why.
        is_cut = cause.errno is None and "requested and" in str(cause)
        return cause.errno in (errno.ENOSPC, errno.EDQUOT) or is_cut
    if getattr(cause, "sqlstate", None) == _DISK_FULL:
        return True
    # Without space for its log PostgreSQL ends at once, and the connection says only this.
    return hasattr(cause, "sqlstate") and _NO_SPACE in str(cause)


def no_space() -> NoSpaceError:
    """Return the sentence for whoever wanted to store something."""
    return NoSpaceError(
        "There is no space left on the server's disk, so nothing was changed; the administrator frees some (df -h "
        "shows how much is left), then do it again."
    )
