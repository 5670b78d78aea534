"""Random numbers by name, so that switching one effect leaves the draws of the others alone."""

import zlib

import numpy as np

Rng = np.random.Generator


class Streams:
    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, name: str) -> Rng:
        """A fresh generator that depends on the seed and this name alone."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])
