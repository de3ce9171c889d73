"""Pages for riders and workers: the list of stations and the page of one."""
