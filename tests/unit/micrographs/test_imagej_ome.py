"""Calibrations that ImageJ and OME-TIFF writers leave."""

from __future__ import annotations

from fractions import Fraction

import pytest
import tifffile

from nanocensus.micrographs import MicrographError, read_micrograph


def write_imagej(write_tiff, grey, unit: bytes, x=(4, 1), y=None, more: str = ""):
    path = write_tiff(grey, resolution=(Fraction(7, 5), Fraction(7, 5)), resolutionunit="NONE")
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tags = tiff.pages.first.tags
        tags["XResolution"].overwrite(x)
        tags["YResolution"].overwrite(x if y is None else y)
    text = b"ImageJ=1.54f\nunit=" + unit + b"\n" + more.encode() + b"loop=false\n"
    data = path.read_bytes()
    # tifffile writes text tags as ASCII only; real files hold whatever the platform had.
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        page = tiff.pages.first
        tags = page.tags
        if 270 in tags:
            tags[270].overwrite(text)
        else:
            pytest.fail("the file has no description to overwrite")
    assert data != path.read_bytes()
    return path


@pytest.fixture
def write_tiff_described(write_tiff):
    def write(pixels, tags=None, **how):
        return write_tiff(pixels, tags, description="x" * 100, **how)

    return write


@pytest.mark.parametrize(
    ("unit", "nm"),
    [
        (b"nm", 1),
        (b"micron", 1e3),
        (b"microns", 1e3),
        (b"um", 1e3),
        ("µm".encode("latin-1"), 1e3),
        ("µm".encode(), 1e3),
        ("μm".encode(), 1e3),
        (b"\\u00B5m", 1e3),
        (b"mm", 1e6),
        (b"cm", 1e7),
        (b"A", 0.1),
        ("Å".encode(), 0.1),
        (b"\\u00C5", 0.1),
        (b"pm", 1e-3),
    ],
)
def test_imagej_units(write_tiff_described, grey, unit: bytes, nm: float) -> None:
    path = write_imagej(write_tiff_described, grey, unit, x=(4, 1), y=(2, 1))
    (evidence,) = read_micrograph(path).evidence
    assert evidence.source == "imagej"
    assert evidence.x_nm == pytest.approx(nm / 4)
    assert evidence.y_nm == pytest.approx(nm / 2)


@pytest.mark.parametrize("unit", [b"", b" ", b"pixel", b"pixels", b"inch", b"inches", b"foo"])
def test_imagej_units_that_say_nothing(write_tiff_described, grey, unit: bytes) -> None:
    found = read_micrograph(write_imagej(write_tiff_described, grey, unit))
    assert found.evidence == ()
    assert found.format == "TIFF (ImageJ)"


@pytest.mark.parametrize("ratio", [(0, 0), (1, 0), (0, 3937), (1, 1), (5, 5)])
def test_imagej_resolutions_that_say_nothing(write_tiff_described, grey, ratio) -> None:
    found = read_micrograph(write_imagej(write_tiff_described, grey, b"nm", x=ratio))
    assert found.evidence == ()
    told = ["placeholder_pixel_size"] if ratio in [(1, 1), (5, 5)] else []
    assert [finding.code for finding in found.findings] == told


@pytest.mark.parametrize("unit", [b"1/nm", b"nm^-1", b"mrad", b"1/\\u00C5"])
def test_imagej_reciprocal_unit_is_refused(write_tiff_described, grey, unit: bytes) -> None:
    with pytest.raises(MicrographError) as caught:
        read_micrograph(write_imagej(write_tiff_described, grey, unit))
    assert caught.value.finding.code == "diffraction_pattern"


def test_imagej_stack_warns(write_tiff_described, grey) -> None:
    path = write_imagej(write_tiff_described, grey, b"nm", more="images=7\n")
    assert [finding.code for finding in read_micrograph(path).findings] == ["further_pictures"]


@pytest.mark.parametrize("dpi", [72, 96, 300])
def test_a_print_resolution_is_no_calibration(write_tiff, grey, dpi: int) -> None:
    path = write_tiff(grey, resolution=(dpi, dpi), resolutionunit="INCH")
    assert read_micrograph(path).evidence == ()


def write_ome(write_tiff, grey, pixels: str, more: str = ""):
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Instrument ID="Instrument:0"><Microscope Manufacturer="Acme" Model="T1"/></Instrument>'
        f'<Image ID="Image:0">{more}<Pixels ID="Pixels:0" SizeX="64" SizeY="48" {pixels}/></Image>'
        "</OME>"
    )
    return write_tiff(grey, description=xml)


@pytest.mark.parametrize(
    ("pixels", "x_nm", "y_nm"),
    [
        (
            'PhysicalSizeX="2.5" PhysicalSizeXUnit="nm" PhysicalSizeY="2" PhysicalSizeYUnit="nm"',
            2.5,
            2,
        ),
        ('PhysicalSizeX="0.25" PhysicalSizeY="0.5"', 250, 500),
        ('PhysicalSizeX="0.25"', 250, 250),
        ('PhysicalSizeX="3" PhysicalSizeXUnit="&#xC5;"', 0.3, 0.3),
    ],
)
def test_ome_units(write_tiff, grey, pixels: str, x_nm: float, y_nm: float) -> None:
    found = read_micrograph(write_ome(write_tiff, grey, pixels))
    (evidence,) = found.evidence
    assert evidence.source == "ome"
    assert evidence.x_nm == pytest.approx(x_nm)
    assert evidence.y_nm == pytest.approx(y_nm)
    assert evidence.declared_shape == (48, 64)
    assert found.instrument.instrument == "Acme T1"


@pytest.mark.parametrize(
    "pixels", ["", 'PhysicalSizeX="2" PhysicalSizeXUnit="pixel"', 'PhysicalSizeX="two"']
)
def test_ome_without_size(write_tiff, grey, pixels: str) -> None:
    assert read_micrograph(write_ome(write_tiff, grey, pixels)).evidence == ()


@pytest.mark.parametrize(
    "pixels",
    [
        'PhysicalSizeX="1.0" PhysicalSizeY="1.0"',
        'PhysicalSizeX="1"',
        'PhysicalSizeX="1.0" PhysicalSizeXUnit="nm" PhysicalSizeY="1" PhysicalSizeYUnit="nm"',
        'PhysicalSizeX="1.0" PhysicalSizeXUnit="mm"',
    ],
)
def test_ome_of_exactly_one_is_no_calibration(write_tiff, grey, pixels: str) -> None:
    found = read_micrograph(write_ome(write_tiff, grey, pixels))
    assert found.evidence == ()
    assert [finding.code for finding in found.findings] == ["placeholder_pixel_size"]


def test_one_nm_stated_in_another_unit_is_a_calibration(write_tiff, write_tiff_described, grey):
    ome = write_ome(write_tiff, grey, 'PhysicalSizeX="0.001" PhysicalSizeXUnit="um"')
    imagej = write_imagej(write_tiff_described, grey, b"micron", x=(1000, 1))
    for path in (ome, imagej):
        (evidence,) = read_micrograph(path).evidence
        assert evidence.x_nm == pytest.approx(1.0)


def test_ome_date(write_tiff, grey) -> None:
    date = "<AcquisitionDate>2020-02-01T10:00:00</AcquisitionDate>"
    found = read_micrograph(write_ome(write_tiff, grey, "", date))
    assert found.instrument.acquired == "2020-02-01T10:00:00"


def test_damaged_xml_is_told_and_the_picture_read(write_tiff, grey) -> None:
    found = read_micrograph(write_tiff(grey, description="<OME><Image></OME>"))
    assert [finding.code for finding in found.findings] == ["metadata_unreadable"]
    assert found.evidence == ()
