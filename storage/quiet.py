"""When a large SQLite file may be written anew although writers wait for that. Pure."""

MEGABYTE = 1024 * 1024
# Written anew in about a second (measured: 1.1 s for 200 MB), which nobody notices. Past that customers would wait.
SMALL_FILE = 200 * MEGABYTE
# By the server's clock.
NIGHT = range(2, 5)
# Once a night: shorter than from one night to the next, longer than a night.
NIGHTS_APART_SECONDS = 12 * 3600.0
# Nobody wrote anything for so long: no customer, and no desk page that is open.
IDLE_SECONDS = 600.0


def may_rewrite(size: int, hour: int, idle: float, since_last: float) -> bool:
    """Whether the file may be written anew now.

    Args:
        size: Of the file, in bytes.
        hour: Of the server's day, 0 to 23.
        idle: Seconds for which nothing was written.
        since_last: Seconds since it was written anew last.
    """
    if size <= SMALL_FILE or idle >= IDLE_SECONDS:
        return True
    return hour in NIGHT and since_last >= NIGHTS_APART_SECONDS
