"""What all tests share."""

import re

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Takes addresses out of the names of tests, so that every worker has the same names."""
    for item in items:
        item._nodeid = re.sub(r"at0x[0-9a-f]+", "", item.nodeid)
