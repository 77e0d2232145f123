"""`python -m app` is `lexcite`."""

import sys

from app.cli import main

sys.exit(main())
