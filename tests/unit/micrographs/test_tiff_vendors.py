"""Vendors' tags in TIFF files, and XML behind a JPEG's end."""

from __future__ import annotations

import io
import math
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.unit.micrographs.vendor_files import (
    PHENOM_XML,
    PICTURE,
    elid_bytes,
    ini_text,
    tag,
    tescan_text,
    tiff_bytes,
)

from nanocensus.calibration import examine_file
from nanocensus.micrographs import MicrographError, read_micrograph

SHAPE = PICTURE.shape


@pytest.fixture
def write(tmp_path):
    def write(data: bytes, name: str = "p.tif"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def with_tag(code: int, text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return tiff_bytes(extratags=[tag(code, data)])


def code_of(path) -> str:
    with pytest.raises(MicrographError) as caught:
        read_micrograph(path)
    return caught.value.finding.code


XT_XML = """<?xml version="1.0"?><Metadata xmlns:nil="http://schemas.fei.com/Metadata/v1/2013/07">
<Instrument><InstrumentClass>Scios</InstrumentClass></Instrument>
<Acquisition><AcquisitionDatetime>2020-01-02T03:04:05</AcquisitionDatetime>
<BeamType>{beam}</BeamType></Acquisition>
<Optics><AccelerationVoltage>5000</AccelerationVoltage><WorkingDistance>0.004</WorkingDistance>
<ScanFieldOfView><X unit="m">{field}</X><Y unit="m">8e-8</Y></ScanFieldOfView></Optics>
<StageSettings><StagePosition><X>0.001</X><Tilt><Alpha>0.05</Alpha></Tilt></StagePosition>
</StageSettings>
<ScanSettings><DwellTime>1e-06</DwellTime><ScanSize><Width>48</Width><Height>{rows}</Height>
</ScanSize></ScanSettings>
<BinaryResult><Detector>{detector}</Detector>
<PixelSize><X unit="{unit}">2e-09</X><Y unit="{unit}">2e-09</Y></PixelSize></BinaryResult>
</Metadata>"""


def xt(**changed) -> str:
    values = {"beam": "Electron", "field": "9.6e-08", "rows": "36", "detector": "ETD", "unit": "m"}
    return XT_XML.format(**values | changed)


def test_thermo_xml(write) -> None:
    found = examine_file(write(with_tag(34683, xt())))
    assert found.calibration.status == "ok"
    assert found.calibration.pixel_size.x_nm == 2.0
    assert found.micrograph.picture_rows == 36
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.working_distance_mm) == (5.0, 4.0)
    assert (instrument.dwell_time_us, instrument.tilt_rad) == (1.0, 0.05)
    assert (instrument.instrument, instrument.detector) == ("Scios", "ETD")


def test_thermo_xml_that_contradicts_itself_or_is_no_micrograph(write) -> None:
    assert examine_file(write(with_tag(34683, xt(field="2e-07")))).calibration.status == "review"
    assert code_of(write(with_tag(34683, xt(detector="NavCam")))) == "navigation_camera"
    assert code_of(write(with_tag(34683, xt(unit="1/m")))) == "diffraction_pattern"
    ion = read_micrograph(write(with_tag(34683, xt(beam="Ion"))))
    assert [finding.code for finding in ion.findings] == ["ion_beam"]
    damaged = read_micrograph(write(with_tag(34683, xt()[:300])))
    assert [finding.code for finding in damaged.findings] == ["vendor_not_read"]


TITAN_XML = """<?xml version="1.0"?><Root><PixelsSize><X unit="m">2e-10</X><Y unit="m">2e-10</Y>
</PixelsSize><Data><Label>High tension</Label><Value>300</Value><Unit>kV</Unit></Data>
<Data><Label>Mode</Label><Value>{mode}</Value></Data>
<Data><Label>Magnification</Label><Value>59000</Value></Data></Root>"""


def test_thermo_xml_of_a_titan(write) -> None:
    found = examine_file(write(with_tag(34683, TITAN_XML.format(mode="TEM uP SA Zoom Image"))))
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("warn", 0.2)
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.magnification) == (300, 59000)
    pattern = TITAN_XML.format(mode="TEM uP SA Zoom Diffraction")
    assert code_of(write(with_tag(34683, pattern))) == "diffraction_pattern"


@pytest.mark.parametrize(("unit", "value"), [("nm", 975.5), ("um", 0.9755), ("µm", 0.9755)])
@pytest.mark.parametrize("kind", ["tiff", "jpeg", "elid"])
def test_phenom(write, unit: str, value: float, kind: str) -> None:
    xml = PHENOM_XML.format(unit=unit, value=value)
    data = with_tag(34683, xml)
    if kind == "jpeg":
        buffer = io.BytesIO()
        Image.fromarray(PICTURE).save(buffer, "JPEG")
        data = buffer.getvalue() + xml.encode()
    elif kind == "elid":
        data = elid_bytes(data, tiff_bytes(np.zeros((1, 1), np.uint8)), with_tag(34683, xml))
    found = examine_file(write(data, "renamed.dm3"))
    assert found.calibration.pixel_size.x_nm == pytest.approx(975.5)
    assert found.calibration.status == "warn"  # No size of the picture is declared.
    assert found.micrograph.format.endswith("(Thermo Phenom)")
    assert found.micrograph.picture_rows == 36
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.working_distance_mm) == (15.0, 8.14)
    assert (instrument.dwell_time_us, instrument.detector) == (0.2, "bsd-all")


def test_phenom_navigation_camera_and_unknown_unit(write) -> None:
    xml = PHENOM_XML.format(unit="nm", value=5)
    assert code_of(write(with_tag(34683, xml.replace("bsd-all", "NavCam")))) == "navigation_camera"
    unknown = PHENOM_XML.format(unit="furlong", value=5)
    assert read_micrograph(write(with_tag(34683, unknown))).evidence == ()


def test_a_bzip2_file_that_is_no_project(write) -> None:
    import bz2

    assert code_of(write(bz2.compress(b"text" * 99), "a.elid")) == "unsupported_format"
    data = elid_bytes(with_tag(34683, PHENOM_XML.format(unit="nm", value=5)))
    assert code_of(write(data[: len(data) // 2], "a.elid")) == "truncated"
    assert code_of(write(elid_bytes(b"nothing"), "a.elid")) == "no_micrograph"


ORION = (
    "<ImageTags><Fov><Value>{fov}</Value><Units>um</Units></Fov>{more}"
    "<AccelerationVoltage><Value>29997</Value><Units>V</Units></AccelerationVoltage>"
    "<WorkingDistance><Value>8.5</Value><Units>mm</Units></WorkingDistance>"
    "<DwellTime><Value>2</Value><Units>us</Units></DwellTime>"
    "<StageTilt><Value>0.16</Value><Units>Degrees</Units></StageTilt>"
    "<System.Model><Value>Orion Plus</Value></System.Model>"
    "<DetectorName><Value>ETDetector</Value></DetectorName></ImageTags>"
)
SCALING = (
    "<ScalingX><Value>2e-09</Value><Units>m</Units></ScalingX>"
    "<ImageWidth><Value>48</Value></ImageWidth><ImageHeight><Value>40</Value></ImageHeight>"
)


def test_orion(write) -> None:
    found = examine_file(write(with_tag(65000, ORION.format(fov="0.096", more=SCALING))))
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("ok", 2.0)
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.working_distance_mm) == (29.997, 8.5)
    assert instrument.tilt_rad == pytest.approx(math.radians(0.16))
    assert (instrument.instrument, instrument.detector) == ("Orion Plus", "ETDetector")
    assert instrument.dwell_time_us == 2
    wrong = examine_file(write(with_tag(65000, ORION.format(fov="0.48", more=SCALING))))
    assert wrong.calibration.status == "review"
    only = examine_file(write(with_tag(65000, ORION.format(fov="0.48", more=""))))
    assert (only.calibration.status, only.calibration.pixel_size.x_nm) == ("warn", 10.0)


FIBICS = (
    '<?xml version="1.0" encoding="iso-8859-1"?><Fibics version="1.0">'
    "<Application><Version>NPVE v4.5</Version><Date>2025-05-27T10:32:12</Date></Application>"
    "<Image><Width>{width}</Width><Height>40</Height><Beam>Orion</Beam><Detector>ET</Detector>"
    "<Aperture>10 \xb5m</Aperture></Image>"
    '<Scan><Dwell units="ns">10000</Dwell><FOV_X units="um">0.096</FOV_X>'
    '<FOV_Y units="um">0.08</FOV_Y>{affine}</Scan>'
    '<Stage><X units="um">-21319.2</X><Tilt units="deg">2.0</Tilt></Stage>'
    '<BeamInfo><item name="BeamI">1.3</item><item name="AccV">30000</item></BeamInfo></Fibics>'
)
AFFINE = "<Ux>0.002</Ux><Uy>0.0</Uy><Vx>0.0</Vx><Vy>-0.002</Vy>"


@pytest.mark.parametrize("affine", [AFFINE, "", "<Ux>0</Ux><Vy>0</Vy>"])
def test_fibics(write, affine: str) -> None:
    text = FIBICS.format(width=48, affine=affine).encode("latin-1")
    found = examine_file(write(with_tag(51023, text)))
    assert found.calibration.status == "ok"
    assert found.calibration.pixel_size.x_nm == pytest.approx(2.0)
    assert found.calibration.pixel_size.y_nm == pytest.approx(2.0)
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.dwell_time_us) == (30, 10)
    assert (instrument.instrument, instrument.detector) == ("Orion", "ET")
    assert instrument.tilt_rad == pytest.approx(math.radians(2))
    halved = FIBICS.format(width=96, affine=affine).encode("latin-1")
    assert examine_file(write(with_tag(51023, halved))).calibration.status != "ok"


@pytest.mark.parametrize("junk", [b"", b"\x01\x02\xff\0\0\0MAIN\0\x1f\0\0\0"])
@pytest.mark.parametrize("separator", [b"\r\n", b"\n", b"\0"])
def test_tescan_tag(write, junk: bytes, separator: bytes) -> None:
    text = ini_text(tescan_text(), headers=False).encode().replace(b"\r\n", separator)
    found = examine_file(write(with_tag(50431, junk + text)))
    assert found.calibration.pixel_size.x_nm == 2.5
    assert found.calibration.pixel_size.source == "tescan_tag"
    assert found.calibration.status == "warn"
    assert found.micrograph.picture_rows == 36
    assert found.micrograph.instrument.voltage_kv == 20


def test_tescan_panorama_and_camera(write) -> None:
    text = ini_text(tescan_text(ViewFieldsCountX="3"))
    codes = [one.code for one in read_micrograph(write(with_tag(50431, text))).findings]
    assert codes == ["stitched_picture"]
    text = ini_text(tescan_text(Detector0="Chamberscope camera"))
    assert code_of(write(with_tag(50431, text))) == "navigation_camera"


def gatan(*, unit: str = "nm", scale: float = 0.5) -> bytes:
    return tiff_bytes(
        resolution=(72, 72),
        resolutionunit="INCH",
        extratags=[
            (65003, 2, 0, unit.encode() + b"\0", True),
            (65004, 2, 0, unit.encode() + b"\0", True),
            (65009, 12, 1, scale, True),
            (65010, 12, 1, scale, True),
        ],
    )


def test_gatan_tiff(write) -> None:
    found = examine_file(write(gatan()))
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("warn", 0.5)
    assert examine_file(write(gatan(unit=""))).calibration.status == "none"
    assert code_of(write(gatan(unit="1/nm"))) == "diffraction_pattern"
    assert code_of(write(gatan(unit="eV"))) == "no_micrograph"


SIGHTX = """<?xml version="1.0"?><TemReporter><Instruments>JEM-ARM200F</Instruments>
<DateTime>2019-11-27T16:11:26</DateTime>
<ElectronGun><AccelerationVoltage>200000</AccelerationVoltage></ElectronGun>
<Eos><EosMode>{eos}</EosMode></Eos>
<ImageFormingSystem><ImageFormingMode>{forming}</ImageFormingMode><ModeString>{mode}</ModeString>
<SelectorString>{selector}</SelectorString>
<ScanningImageFormingMode>{scanning}</ScanningImageFormingMode></ImageFormingSystem>
<GonioStage><StagePosition><TX>0.1</TX></StagePosition></GonioStage></TemReporter>"""


def sightx(*, dpi: float = 93, **changed: str) -> bytes:
    values = {
        "eos": "eosTEM",
        "forming": "modeMAG1",
        "mode": "MAG",
        "selector": "X150k",
        "scanning": "modeSM_MAG",
    }
    text = SIGHTX.format(**values | changed)
    return tiff_bytes(
        description=text, resolution=(dpi, dpi), resolutionunit="INCH", datetime=False
    )


@pytest.mark.parametrize(("text", "times"), [("X150k", 150e3), ("X8000", 8e3), ("x1.5M", 1.5e6)])
def test_jeol_sightx(write, text: str, times: float) -> None:
    found = examine_file(write(sightx(selector=text)))
    assert found.calibration.pixel_size.x_nm == pytest.approx(25.4e6 / 93 / times)
    assert found.calibration.status == "warn"
    assert found.modality == "tem"
    assert found.micrograph.instrument.voltage_kv == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "DIFF", "selector": "40cm"},
        {"forming": "modeDIFF", "selector": "X150k"},
        {"selector": "40cm"},
        {"eos": "eosASID", "mode": "Ronchigram"},
        {"eos": "eosASID", "selector": "12cm"},
    ],
)
def test_jeol_diffraction_is_refused(write, changed) -> None:
    assert code_of(write(sightx(**changed))) == "diffraction_pattern"


def patched(data: bytes, code: int, structure: bytes) -> bytes:
    """Return the file with a structure at its end, to which the last page's tag points."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        place = tiff.pages[-1].tags[code].offset + 8
    return data[:place] + struct.pack("<I", len(data)) + data[place + 4 :] + structure


def sis_bytes(x_m: float = 2.5e-11) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as tiff:
        tiff.write(np.zeros((*SHAPE, 3), np.uint8), photometric="rgb", metadata=None)
        tiff.write(PICTURE, metadata=None, extratags=[(33560, 4, 1, 8, True)])
    data = buffer.getvalue()
    head = struct.pack("<4s6xhhhhh6x32sH", b"SIS0", 42, 19, 15, 10, 118, b"a", 1)
    general = struct.pack(
        "<10xhdd8xd2x34s32s", -9, x_m * 1e9, x_m * 1e9, 600e3, b"Quemesa", b"picture"
    )
    return patched(data, 33560, head + struct.pack("<hhI", 1, 1, len(data) + 68) + general)


def test_olympus_sis_on_the_second_page(write) -> None:
    found = examine_file(write(sis_bytes()))
    np.testing.assert_array_equal(found.micrograph.pixels, PICTURE)
    assert found.calibration.pixel_size.x_nm == pytest.approx(0.025)
    assert found.calibration.status == "warn"
    instrument = found.micrograph.instrument
    assert (instrument.magnification, instrument.detector) == (600e3, "Quemesa")
    assert instrument.acquired == "2018-11-15 19:42:00"


def tvips_bytes(*, version: int = 2, **changed) -> bytes:
    first = np.zeros((), tifffile.TIFF.TVIPS_HEADER_V1)
    second = np.zeros((), tifffile.TIFF.TVIPS_HEADER_V2)
    first["Version"] = version
    values = {
        "Magic": 0xAAAAAAAA,
        "ImageSizeX": 48,
        "ImageSizeY": 40,
        "PixelSizeX": 1.5,
        "PixelSizeY": 1.5,
        "TemHighTension": 99000.0,
        "TemMagnification": 20000.0,
        "TemMagnificationCorrection": 1.0,
        "PhysicalPixelSizeX": 15000.0,
        "BinningX": 2,
        **changed,
    }
    for name, value in values.items():
        second[name] = value
    data = tiff_bytes(extratags=[(37706, 4, 1, 8, True)])
    return patched(data, 37706, first.tobytes() + second.tobytes())


def test_tvips(write) -> None:
    found = examine_file(write(tvips_bytes()))
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("ok", 1.5)
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.magnification) == (99, 20000)
    assert found.modality == "tem"
    # In diffraction the pixel size is one of reciprocal space: the camera's formula tells.
    wrong = examine_file(write(tvips_bytes(PixelSizeX=0.01, PixelSizeY=0.01)))
    assert wrong.calibration.status == "review"
    halved = examine_file(write(tvips_bytes(ImageSizeX=96, ImageSizeY=80)))
    assert halved.calibration.status == "refused"
    silent = examine_file(write(tvips_bytes(TemMagnification=0.0)))
    assert silent.calibration.pixel_size.x_nm == 1.5
    assert [one.code for one in silent.micrograph.findings] == ["pixel_size_unconfirmed"]
    old = examine_file(write(tvips_bytes(version=1)))
    assert (old.calibration.status, old.micrograph.evidence) == ("none", ())


def test_tvips_modes(write) -> None:
    assert code_of(write(tvips_bytes(TemMode=3))) == "diffraction_pattern"
    assert read_micrograph(write(tvips_bytes(TemMode=1))).findings == ()
    (unknown,) = read_micrograph(write(tvips_bytes(TemMode=9))).findings
    assert (unknown.code, unknown.level) == ("unknown_mode", "review")


def test_tvips_without_a_declared_size_has_no_field_width(write) -> None:
    found = examine_file(write(tvips_bytes(ImageSizeX=0)), scale_bar=False)
    assert found.micrograph.evidence[0].field_width_nm is None
    assert [one.code for one in found.calibration.findings] == ["pixel_size_unconfirmed"]


def test_sightx_of_scanned_pictures_tells_what_to_do(write) -> None:
    (found,) = read_micrograph(write(sightx(eos="eosASID"))).findings
    assert found.code == "vendor_not_read"
    assert "pixel_size_nm in the sample sheet, in a row that names this file" in found.message


def test_maps_and_plots_are_refused(write) -> None:
    scale = (33550, 12, 3, (1.0, 1.0, 0.0), True)
    assert code_of(write(tiff_bytes(extratags=[scale]))) == "no_micrograph"
    plot = [(50838, 4, 2, (12, 9), True), tag(50839, b"IJIJplot\0\0\0\1" + b"x" * 9)]
    assert code_of(write(tiff_bytes(extratags=plot, description="ImageJ=1.5\n"))) == "no_micrograph"


@pytest.mark.parametrize("resolution", [(0, 0), (0, 3937), (300, 0)])
def test_zero_denominators(write, resolution) -> None:
    data = tiff_bytes(
        description="ImageJ=1.5\nunit=nm\n", resolution=(3, 3), resolutionunit="CENTIMETER"
    )
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        place = tiff.pages.first.tags[282].valueoffset
    data = bytearray(data)
    data[place : place + 8] = struct.pack("<II", *resolution)
    found = read_micrograph(write(bytes(data)))
    assert found.evidence == ()
    assert found.print_dpi is None
