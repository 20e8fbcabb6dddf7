"""A center with staff, as the tests of its pages have it."""

from tests.service.centers.conftest import hands, staff, town, visitor

__all__ = ["hands", "staff", "town", "visitor"]
