"""The benchmark suite that bench/run drives: see docs/performance.md, "How to repeat this"."""
