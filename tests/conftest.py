"""Processes that tests start import the package that the tests import, installed or not.

Without this they would find the one in the working directory: what is installed would be tested in
part only, and kernels compiled twice.
"""

import os

from command import HOME

os.environ["PYTHONSAFEPATH"] = "1"
os.environ["PYTHONPATH"] = str(HOME)
