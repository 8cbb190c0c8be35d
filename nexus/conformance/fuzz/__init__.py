"""The fuzzers: random calls against a model of the contract, and calls from many threads."""
