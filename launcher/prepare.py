"""
Prepare this folder, then start what `make` asks for. Standard library only: it runs before anything is installed.

Every Python 3 must be able to read this one file, to be told by it that it is too old; so no annotations here.
"""

import os
import sys

OLDEST = (3, 11)


def sentence_about_python(version):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 (see above)
    """Return what to say to somebody whose Python is too old, or None."""
    if tuple(version[:2]) >= OLDEST:
        return None
    return (
        "Keel needs Python 3.11 or newer and this is Python {}.{}; "
        "install a newer version and run `make demo PYTHON=python3.12`."
    ).format(*version[:2])


def run():  # type: ignore[no-untyped-def]  # noqa: ANN201 (see above)
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from launcher.preparation import main  # noqa: PLC0415 (newer syntax)

    return main(sys.argv[1:])


if __name__ == "__main__":
    complaint = sentence_about_python(sys.version_info)
    if complaint:
        sys.exit(complaint)
    sys.exit(run())
