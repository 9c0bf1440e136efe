"""Errors for files that hold something else than a micrograph, in one wording for all readers."""

from __future__ import annotations

from nanocensus.micrographs.findings import Finding, MicrographError


def reciprocal_space(whose: str, unit: str) -> MicrographError:
    """Return the error for a picture whose pixels are not lengths.

    Parameters
    ----------
    whose : str
        Who says so, e.g. ``its OME-XML``.
    unit : str
        What is said: a unit of reciprocal space, or a mode of the microscope.
    """
    return MicrographError(
        Finding(
            "diffraction_pattern",
            "refused",
            f"{whose} says {unit!r}: a diffraction pattern or Fourier transform, not a "
            "micrograph; leave it out of the folder",
        )
    )


def no_micrograph(what: str) -> MicrographError:
    """Return the error for a map, spectrum, plot or volume, named in `what`."""
    return MicrographError(
        Finding("no_micrograph", "refused", f"{what}, not a micrograph; leave it out of the folder")
    )


def navigation_camera(
    what: str = "a photograph of the stage by the navigation camera",
) -> MicrographError:
    """Return the error for a photograph that the instrument took with light."""
    return MicrographError(
        Finding(
            "navigation_camera",
            "refused",
            f"{what}, not an electron micrograph; leave it out of the folder",
        )
    )


def needs_export(what: str, remedy: str) -> MicrographError:
    """Return the error for a format that only programs under other licences read."""
    return MicrographError(Finding("unsupported_format", "refused", f"{what}; {remedy}"))
