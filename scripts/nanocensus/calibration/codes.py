"""Which findings are about a micrograph's calibration, so that they can be shown by themselves."""

from __future__ import annotations

CALIBRATION_CODES = frozenset(
    {
        # what a file states
        "coarse_pixel_size",
        "ion_beam",
        "metadata_conflict",
        "metadata_unreadable",
        "pixel_size_of_magnification",
        "placeholder_pixel_size",
        "renamed_picture",
        "size_not_declared",
        "stitched_picture",
        "uncalibrated_instrument",
        "unknown_mode",
        "unusual_size",
        "vendor_not_read",
        # what becomes of it
        "cropped_copy",
        "edited_copy",
        "implausible_pixel_size",
        "large_scale_factor",
        "no_pixel_size",
        "non_square_pixels",
        "not_a_calibration",
        "pixel_size_deviates",
        "pixel_size_disputed",
        "pixel_size_overridden",
        "pixel_size_unconfirmed",
        "resized_copy",
        "tilted",
        # the scale bar
        "no_text_reader",
        "read_by_machine",
        "reciprocal_scale_bar",
        "scale_bar_not_looked_for",
        # a look at several micrographs
        "certificate_age_unknown",
        "old_certificate",
        "pixel_size_inconsistent",
        "print_width_inconsistent",
    }
)
"""Codes of `Finding`; a new one of this package, or one of a reader that makes a pixel size
doubtful, is one line here, and a test asks for it."""
