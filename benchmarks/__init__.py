"""Speed and answer quality, measured side by side: `make bench`, or `python -m benchmarks --help`."""
