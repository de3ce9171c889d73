"""Jobs: whatever takes longer than a second, done by a worker beside the server and watched from any browser.

A row of ``job`` is what people see of it: its kind, arguments, state, progress, result, owner and times. The queue
(procrastinate, in the same database) only decides which worker takes it and notices workers that are gone.

``kinds`` says what there is to do, ``record`` reads and writes the rows, ``work`` is the process that does one job,
``worker`` starts and ends such processes, ``watch`` keeps a worker beside ``fuchun serve``.
"""
