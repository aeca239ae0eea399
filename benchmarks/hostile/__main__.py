"""`python -m benchmarks.hostile [--full] [PART ...]`: print the table; exit with 1 where a floor is not reached."""

import argparse
import os
import sys
import tempfile

# prometheus_client decides at import where it keeps its values
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="dunwatch-bench-metrics-"))

from benchmarks.__main__ import print_table
from benchmarks.hostile.whole import PARTS, measure

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="measure for as long as the claims need (1.5 hours)"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(PARTS)}")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    sys.exit(print_table(measure(chosen.parts or PARTS, is_full=chosen.full)))
