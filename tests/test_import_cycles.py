"""No module imports itself over others, not even for types: who reads one can read what is below it first."""

import grimp

from webmap.logic.jobs.handlers import HANDLERS
from webmap.logic.jobs.kinds import KINDS


def test_no_module_imports_itself_over_others():
    graph = grimp.build_graph("geo", "loaders", "webmap", exclude_type_checking_imports=False, cache_dir=None)
    left = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # What imports nothing that is left stands in no cycle.
    while free := {module for module, imported in left.items() if not imported & left.keys()}:
        left = {module: imported for module, imported in left.items() if module not in free}
    # Nor does what nothing that is left imports.
    while left.keys() - (used := set().union(*left.values())):
        left = {module: imported for module, imported in left.items() if module in used}
    assert not left


def test_every_kind_of_job_has_a_function():
    assert HANDLERS.keys() == KINDS.keys()
