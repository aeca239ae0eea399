"""What serving loads: nothing but the standard library."""

import subprocess
import sys

SERVED = ("ml.classifier", "ml.trust", "ml.signals", "ml.reasons", "ml.simulation.simulate")


def test_serving_loads_no_numerical_package_and_nothing_of_the_service() -> None:
    program = (
        f"import sys, {', '.join(SERVED)}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "ml" in loaded
    assert not {"numpy", "scipy", "sklearn", "service"} & set(loaded)
