"""`python -m vtnmd` is the same as `vtnmd`."""

import sys

from vtnmd.cli.app import main

sys.exit(main())
