"""Jobs: whatever takes longer than a second, done by a worker beside the server and watched from any browser.

A row of ``job`` is what people see of it (kind, arguments, state, progress, result, owner, times) and its place in the
queue (lock, priority, heartbeat).

========== ===============================================================================
kinds      what there is to do, and who may ask for it; ``handlers`` has the functions
record     start, list and cancel jobs
queue      take the next job, heartbeat of workers
retry      what becomes of a job whose process ended or whose worker was stopped or lost
attempts   progress, result and end of a job, as its process writes them
work       a job as the function sees it that does it
worker     takes jobs and starts a ``process`` for each
files      files sent along with a job, or made by it
========== ===============================================================================
"""
