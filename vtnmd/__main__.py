"""The command `vtnmd`; `python -m vtnmd` is the same."""

import sys


def main() -> int:
    """Run the command line and give its exit code, also where Ctrl-C comes before the command line is loaded."""
    try:
        from vtnmd.cli import app  # noqa: PLC0415 -- loading takes long enough to be interrupted

        return app.main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
