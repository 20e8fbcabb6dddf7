"""The list of small faults fits the code it is about, so that `make mutants` judges the tests and not a list that grew old."""

import pytest

from tests.mutants.faults import ROOT, Fault, applied, read_modules

MODULES = read_modules()
FAULTS = [pytest.param(fault, id=f"{name}: {fault.what}") for name, module in MODULES.items() for fault in module.faults]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_applied(fault: Fault) -> None:
    assert applied(fault, ROOT) != (ROOT / fault.file).read_text()


def test_the_tests_that_must_notice_them_are_there() -> None:
    named = [test for module in MODULES.values() for test in module.tests]
    assert [test for test in named if not (ROOT / test).exists()] == []


def test_no_fault_stands_twice() -> None:
    faults = [(fault.file, fault.old, fault.new) for module in MODULES.values() for fault in module.faults]
    assert len(set(faults)) == len(faults)
    assert len(faults) >= 100


def test_the_test_that_noticed_a_fault_is_there_and_its_module_runs_it() -> None:
    """Else it would be asked first in vain, or a fault would be noticed by what the module does not count on."""
    wrong = []
    for module in MODULES.values():
        for fault in module.faults:
            file, _, name = fault.noticed_by.partition("::")
            runs = any(file == test or file.startswith(f"{test}/") for test in module.tests)
            if fault.noticed_by and not (runs and f"def {name}(" in (ROOT / file).read_text()):
                wrong.append(fault.noticed_by)
    assert not wrong
