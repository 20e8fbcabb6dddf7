"""A virtual city: what a year of matching does to people who answer, come, tire, make friends or leave.

Nothing here is measured on people. It compares ways of choosing under one set of stated habits (`city.Habits`), and it holds the
truth that no log ever holds, against which estimates and calibration can be tested.
"""

from matching.simulate.year import POLICIES, run

__all__ = ["POLICIES", "run"]
