"""Benchmarks: how fast the program is beside the barest code that does the same.

Each file measures one thing in rounds, and in each round its yardstick too, one right after the
other in changing order. The figure is the median of the rounds' ratios: other work on the machine
slows both. Every benchmark also checks that nothing was lost and nothing done twice.

    make bench                                all of them, one after the other
    .venv/bin/python -m benchmarks.dispatch   one; --help tells its options

What came out, and what the bars are: docs/performance.md.
"""
