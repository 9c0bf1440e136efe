"""How well bars are read and overlays found, and the fit of the reader; not used in a run."""
