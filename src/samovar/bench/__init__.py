"""Benchmarks of prompt caching: workloads, the run, thresholds, artefacts."""
