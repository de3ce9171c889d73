"""Run a worker on the store that the environment names: ``python -m webmap.logic.jobs CONCURRENCY KEEP_DAYS PARENT``.

It ends with the process PARENT that started it, as the one beside ``fuchun serve`` does.
"""

import sys

from webmap.logic.jobs.worker import main

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), parent=int(sys.argv[3]))
