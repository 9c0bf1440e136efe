"""The stages of the workflow: what each one reads, and what decides its result.

A new stage is one entry here, one script and one rule file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nanocensus.paths import GLOSSARY, REPOSITORY

SCRIPTS = REPOSITORY / "scripts"


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes
    ----------
    name : str
        Name of its rule, its script and its folder in `index/`.
    settings : tuple of str
        Top-level keys of the configuration that it uses.
    bundles : tuple of str
        Those of its settings' sections whose `model` names a bundle.
    libraries : tuple of str
        Distributions whose version decides its result.
    reads : mapping of str to tuple of str
        For a stage that works picture by picture: the products, by stage and role, that it
        takes.
    records : mapping of str to tuple of str
        Fields of earlier stages' records that it takes.
    sheet_fields : tuple of str
        Fields of the sample sheet that it uses.
    data : tuple of str
        Globs, relative to the repository, of other files that it reads.
    """

    name: str
    settings: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sheet_fields: tuple[str, ...] = ()
    data: tuple[str, ...] = ()

    @property
    def upstream(self) -> tuple[str, ...]:
        """The stages that this one takes anything from, in the order of the workflow."""
        used = {*self.reads, *self.records}
        return tuple(name for name in STAGES if name in used)


_ARRAYS = ("numpy", "scipy", "scikit-image")
_NETWORKS = (*_ARRAYS, "torch", "timm", "segmentation-models-pytorch")
_GLOSSARY = (str(GLOSSARY.relative_to(REPOSITORY)),)

SHARD_STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "prepare",
            settings=("prepare",),
            libraries=(
                *_ARRAYS,
                *("tifffile", "imagecodecs", "pillow", "h5py"),
                # rapidocr brings the two models in use inside its package: its version is theirs.
                *("rapidocr", "onnxruntime", "opencv-python-headless", "pyclipper", "shapely"),
            ),
            sheet_fields=(
                *("modality", "pixel_size_nm", "pixel_size_reason", "scale_bar_ok", "tilt_ok"),
                *("scale_factor", "scale_u", "scale_standard", "scale_date"),
            ),
            data=("scripts/nanocensus/calibration/scale_bar/confidence.json",),
        ),
        Stage(
            "segment",
            settings=("segment",),
            bundles=("segment",),
            libraries=(*_NETWORKS, "opencv-python-headless", "tifffile"),
            reads={"prepare": ("picture", "overlay")},
            sheet_fields=("polarity",),
        ),
        Stage(
            "outline",
            settings=("outline",),
            libraries=(*_ARRAYS, "tifffile"),
            reads={"prepare": ("picture", "overlay"), "segment": ("labels", "probability")},
            records={"prepare": ("modality",), "segment": ("working_scale", "convincing")},
            data=("resources/outlines/edge_uncertainty.json",),
        ),
        Stage(
            "measure",
            libraries=(*_ARRAYS, "pandas", "pyarrow", "tifffile"),
            reads={"prepare": ("picture", "overlay"), "outline": ("labels", "soft")},
        ),
        Stage(
            "classify",
            settings=("classify",),
            bundles=("classify",),
            libraries=(*_NETWORKS, "pandas", "pyarrow", "tifffile"),
            reads={"prepare": ("picture", "overlay"), "segment": ("labels",)},
            records={"segment": ("polarity",)},
        ),
        Stage(
            "gallery",
            libraries=(*_ARRAYS, "pillow", "matplotlib", "tifffile"),
            reads={"prepare": ("picture", "overlay"), "outline": ("labels", "soft")},
        ),
    )
}
CAMPAIGN_STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "aggregate",
            settings=("quality", "count", "statistics", "strict"),
            # so that accepting outlines does not ask the network again
            sheet_fields=("segmentation_ok",),
            libraries=("numpy", "scipy", "pandas", "pyarrow"),
            data=_GLOSSARY,
        ),
        Stage(
            "report",
            settings=("report",),
            libraries=("pandas", "plotly", "matplotlib", "jinja2", "itables"),
            data=(
                *_GLOSSARY,
                "scripts/nanocensus/report/templates/*",
                "scripts/nanocensus/report/static/*",
            ),
        ),
    )
}
STAGES: dict[str, Stage] = {**SHARD_STAGES, **CAMPAIGN_STAGES}
