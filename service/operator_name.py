"""Who runs a command: the name under which decisions of the operator are recorded."""

import getpass
import os


def operator_name() -> str:
    """Return the name of whoever runs this process, or `uid 54321` of an account without one, as containers have them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # which of them, depends on the version of Python
        return f"uid {os.getuid()}"
