"""What strangers, overload and failures do to the service; `python -m benchmarks.hostile --full` takes its time for it."""
