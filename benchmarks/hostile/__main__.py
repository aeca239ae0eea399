"""`python -m benchmarks.hostile [--full]`: print the table; exit with 1 where a floor is not reached."""

import os
import sys
import tempfile

# prometheus_client decides at import where it keeps its values
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="dunwatch-bench-metrics-"))

from benchmarks.__main__ import print_table
from benchmarks.hostile.whole import measure

if __name__ == "__main__":
    sys.exit(print_table(measure(is_full="--full" in sys.argv[1:])))
