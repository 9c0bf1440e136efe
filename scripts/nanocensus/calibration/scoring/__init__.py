"""How well scale bars are read, and the fit of the reader's confidence; not used in a run."""
