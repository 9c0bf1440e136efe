"""From raw electron micrographs of nanoparticles to calibrated size distributions."""

__version__ = "0.1.0"
