"""Files of vendors' formats, written byte by byte as their programs do."""

from __future__ import annotations

import base64
import bz2
import io
import json
import struct
import zlib
from typing import Any

import h5py
import numpy as np
import tifffile
from numpy.typing import NDArray

PICTURE = (np.arange(40 * 48, dtype=np.int64).reshape(40, 48) * 7 % 251).astype(np.uint8)

PHENOM_XML = """<?xml version="1.0" encoding="UTF-8"?>
<FeiImage xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <databarHeight>4</databarHeight>
  <pixelWidth unit="{unit}">{value}</pixelWidth><pixelHeight unit="{unit}">{value}</pixelHeight>
  <time>2019-08-07T09:37:31</time>
  <samplePosition><x>-0.0025</x><y>-0.0007</y></samplePosition>
  <acquisition><scan><dwellTime unit="ns">200</dwellTime><detector>bsd-all</detector>
  <highVoltage unit="kV">-15</highVoltage></scan></acquisition>
  <workingDistance unit="mm">8.14</workingDistance>
  <instrument><type>PhenomXL</type></instrument>
</FeiImage>
"""


def tiff_bytes(pixels: NDArray[Any] = PICTURE, **how: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **{"metadata": None, "photometric": "minisblack", **how})
    return buffer.getvalue()


def tag(code: int, data: bytes) -> tuple[int, int, int, bytes, bool]:
    return code, 7, len(data), data, True


# DigitalMicrograph: a tree of dictionaries; str, int, float, bytes and lists are its leaves.


class _DmWriter:
    def __init__(self, version: int, order: str) -> None:
        self.version, self.order = version, order
        self.wide = ">Q" if version == 4 else ">I"

    def file(self, tree: dict[str, Any]) -> bytes:
        body = self.group(tree)
        head = struct.pack(">I", self.version) + struct.pack(self.wide, len(body))
        return head + struct.pack(">I", int(self.order == "<")) + body + b"\0" * 8

    def group(self, tree: dict[str, Any]) -> bytes:
        parts = [b"\1\0", struct.pack(self.wide, len(tree))]
        for name, value in tree.items():
            # Lists are groups of unnamed tags.
            written = b"" if name.isdigit() else name.encode("latin-1")
            if isinstance(value, dict):
                kind, body = 20, self.group(value)
            else:
                kind, body = 21, self.leaf(value)
            size = struct.pack(">Q", len(body)) if self.version == 4 else b""
            parts.append(struct.pack(">BH", kind, len(written)) + written + size + body)
        return b"".join(parts)

    def leaf(self, value: Any) -> bytes:
        if isinstance(value, str):
            encoded = value.encode("utf-16-le" if self.order == "<" else "utf-16-be")
            return self.types(20, 4, len(value)) + encoded
        if isinstance(value, np.ndarray):
            kind = {"u2": 4, "i2": 2, "f4": 6, "u1": 10, "f8": 7, "i4": 3}[value.dtype.str[1:]]
            data = value.astype(value.dtype.newbyteorder(self.order)).tobytes()
            return self.types(20, kind, value.size) + data
        if isinstance(value, float):
            return self.types(6) + struct.pack(self.order + "f", value)
        if isinstance(value, tuple):
            fields = [part for _ in value for part in (0, 6)]
            data = struct.pack(f"{self.order}{len(value)}f", *value)
            return self.types(15, 0, len(value), *fields) + data
        return self.types(5) + struct.pack(self.order + "I", value)

    def types(self, *kinds: int) -> bytes:
        numbers = [len(kinds), *kinds]
        return b"%%%%" + b"".join(struct.pack(self.wide, number) for number in numbers)


DM_TYPES = {"u1": 6, "u2": 10, "i2": 1, "f4": 2, "f8": 12, "i4": 7}


def dm_image(
    pixels: NDArray[Any] = PICTURE,
    *,
    scale: float = 0.5,
    units: tuple[str, ...] = ("nm", "nm"),
    data_type: int | None = None,
    tags: dict[str, Any] | None = None,
) -> dict[str, Any]:
    sizes = pixels.shape[::-1]
    dimensions = {
        str(i): {"Origin": 0.0, "Scale": scale, "Units": unit} for i, unit in enumerate(units)
    }
    return {
        "ImageData": {
            "Calibrations": {"Dimension": dimensions},
            "Data": pixels.reshape(-1),
            "DataType": DM_TYPES[pixels.dtype.str[1:]] if data_type is None else data_type,
            "Dimensions": {str(i): size for i, size in enumerate(sizes)},
        },
        "ImageTags": tags or {},
        "Name": "a",
    }


def dm_bytes(*images: dict[str, Any], version: int = 3, order: str = "<") -> bytes:
    thumbnail = dm_image(np.zeros((40, 40), np.uint8), units=("", ""), data_type=23)
    listed = {str(i): image for i, image in enumerate((thumbnail, *(images or (dm_image(),))))}
    tree = {
        "ApplicationBounds": (0.0, 1.0, 2.0),
        "ImageList": listed,
        "Thumbnails": {"0": {"ImageIndex": 0}},
    }
    return _DmWriter(version, order).file(tree)


def ser_bytes(
    pixels: NDArray[Any] = PICTURE,
    *,
    x_m: float = 2e-9,
    y_m: float | None = None,
    kind: int = 0x4122,
    version: int = 0x210,
    valid: int = 1,
) -> bytes:
    types = {"u1": 1, "u2": 2, "i2": 5, "i4": 6, "f4": 7, "c8": 9}
    wide = version >= 0x220
    layout = "<Q" if wide else "<I"
    head = struct.pack("<2sHHIIII", b"II", 0x197, version, kind, 0x4152, 1, valid)
    table = len(head) + struct.calcsize(layout) + 4
    head += struct.pack(layout, table) + struct.pack("<I", 1)
    element = table + 2 * struct.calcsize(layout)
    head += struct.pack(layout, element) + struct.pack(layout, 0)
    rows, columns = pixels.shape
    steps = (0.0, x_m, 0, 0.0, -x_m if y_m is None else y_m, 0)
    number = types[pixels.dtype.str[1:]]
    return head + struct.pack("<ddiddihii", *steps, number, columns, rows) + pixels.tobytes()


def emi_bytes(mode: str = "TEM uP SA Zoom Image") -> bytes:
    labels = {"Microscope": "Tecnai", "Mode": mode, "Magnification": "19500", "Stage A": "2.00"}
    data = "".join(
        f"<Data><Label>{label}</Label><Value>{value}</Value><Unit></Unit></Data>"
        for label, value in labels.items()
    )
    conditions = "<AcceleratingVoltage>200000</AcceleratingVoltage>"
    xml = (
        "<ObjectInfo><ExperimentalConditions><MicroscopeConditions>"
        f"{conditions}</MicroscopeConditions></ExperimentalConditions><ExperimentalDescription>"
        f"<Root>{data}</Root></ExperimentalDescription><AcquireDate>Sun Feb 21</AcquireDate>"
        "<AcquireInfo><CameraNamePath>Orius</CameraNamePath></AcquireInfo></ObjectInfo>"
    )
    return b"JK\0\2" + b"\xff\0" * 40 + xml.encode() + b"\0" * 20


def mrc_bytes(
    pixels: NDArray[Any] | None = None,
    *,
    cell: tuple[float, float] | None = None,
    intervals: tuple[int, int] | None = None,
    sections: int = 1,
    space_group: int = 0,
    mode: int | None = None,
    mark: bytes = b"MAP ",
    order: str = "<",
    extended: bytes = b"",
    extended_type: bytes = b"",
) -> bytes:
    pixels = PICTURE.astype(np.int16) if pixels is None else pixels
    rows, columns = pixels.shape
    across, down = intervals or (columns, rows)
    width, height = cell or (12.5 * columns, 12.5 * rows)
    number = {"i1": 0, "i2": 1, "f4": 2, "u2": 6, "f2": 12}[pixels.dtype.str[1:]]
    head = bytearray(1024)
    struct.pack_into(
        f"{order}4i", head, 0, columns, rows, sections, number if mode is None else mode
    )
    struct.pack_into(f"{order}3i", head, 28, across, down, sections)
    struct.pack_into(f"{order}3f", head, 40, width, height, 12.5)
    struct.pack_into(f"{order}3i", head, 64, 1, 2, 3)
    struct.pack_into(f"{order}3f", head, 76, float(pixels.min()), float(pixels.max()), 0)
    struct.pack_into(f"{order}2i", head, 88, space_group, len(extended))
    head[104 : 104 + len(extended_type)] = extended_type
    head[208 : 208 + len(mark)] = mark
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes() * sections
    return bytes(head) + extended + data


def velox_tags(
    *,
    pixel_m: float = 2e-9,
    unit: str = "m",
    detector: str = "HAADF",
    kind: str = "ScanningDetector",
    shape: tuple[int, int] = PICTURE.shape,
    field_m: float | None = None,
) -> dict[str, Any]:
    field = str(pixel_m * shape[1] if field_m is None else field_m)
    return {
        "Instrument": {"InstrumentClass": "Titan", "InstrumentModel": "Spectra"},
        "Acquisition": {"AcquisitionStartDatetime": {"DateTime": "1664324827"}},
        "Optics": {
            "AccelerationVoltage": "300000",
            "FullScanFieldOfView": {"x": field, "y": field},
        },
        "Stage": {"AlphaTilt": "0.01", "Position": {"x": "0.0004", "y": "0.0005"}},
        "Scan": {
            "ScanSize": {"width": str(shape[1]), "height": str(shape[0])},
            "DwellTime": "4.0000000000000003e-05",
            "ScanArea": {"left": "0", "top": "0", "right": "1", "bottom": "1"},
        },
        "Detectors": {"Detector-0": {"DetectorName": detector, "DetectorType": kind}},
        "BinaryResult": {
            "Detector": detector,
            "PixelSize": {"width": repr(pixel_m), "height": repr(pixel_m)},
            "PixelUnitX": unit,
            "PixelUnitY": unit,
        },
        "CustomProperties": {"StemMagnification": {"type": "double", "value": "28500"}},
    }


def velox_bytes(*images: tuple[NDArray[Any], dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["Version"] = np.array([b'{"format": "Velox"}'])
        for index, (pixels, tags) in enumerate(images or ((PICTURE, velox_tags()),)):
            group = file.create_group(f"Data/Image/{index:032x}")
            group["Data"] = pixels if pixels.ndim == 3 else pixels[..., None]
            text = np.frombuffer(json.dumps(tags).encode().ljust(6000, b"\0"), np.uint8)
            group["Metadata"] = text[:, None]
    return buffer.getvalue()


def ncem_bytes(
    pixels: NDArray[Any] = PICTURE,
    *,
    units: tuple[str, ...] = ("[n_m]", "[n_m]"),
    steps: tuple[float, ...] = (0.5, 0.5),
) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["version_major"] = 0
        group = file.create_group("data/picture")
        group.attrs["emd_group_type"] = 1
        group["data"] = pixels
        for axis, (unit, step) in enumerate(zip(units, steps, strict=True)):
            group[f"dim{axis + 1}"] = np.arange(pixels.shape[axis]) * step
            group[f"dim{axis + 1}"].attrs["units"] = unit
            group[f"dim{axis + 1}"].attrs["name"] = "axis"
        microscope = file.create_group("microscope")
        microscope.attrs["voltage"] = 300.0
        microscope.attrs["voltage_units"] = "[k_V]"
    return buffer.getvalue()


def bcf_bytes(
    *,
    pixels: NDArray[Any] = PICTURE,
    dx: str = "0,0025",
    compressed: bool = True,
    root: str = "TRTSpectrumDatabase",
    block: int = 2048,
) -> bytes:
    """Return a container with one file, whose blocks lie in reverse order."""
    planes = "".join(
        f"<Plane{i}><Data>{base64.b64encode(plane.tobytes()).decode()}</Data></Plane{i}>"
        for i, plane in enumerate((np.zeros_like(pixels), pixels))
    )
    xml = (
        '<?xml version="1.0" encoding="WINDOWS-1252" standalone="yes"?><TRTProject>'
        f'<ClassInstance Type="{root}" Name="Karte"><Header><Date>1.2.2020</Date>'
        '<Time>3:04:05</Time></Header><ClassInstance Type="TRTSEMData"><HV>20</HV><WD>-1</WD>'
        f"<Mag>500,5</Mag><DX>{dx}</DX><DY>{dx}</DY></ClassInstance>"
        f'<ClassInstance Type="TRTImageData"><Width>{pixels.shape[1]}</Width>'
        f"<Height>{pixels.shape[0]}</Height><ItemSize>{pixels.itemsize}</ItemSize>"
        f"<PlaneCount>2</PlaneCount>{planes}</ClassInstance></ClassInstance></TRTProject>\r\n"
    ).encode("cp1252")
    if compressed:
        parts = [zlib.compress(xml[i : i + 1000]) for i in range(0, len(xml), 1000)]
        body = struct.pack("<4sIII", b"AACS", 1000, 0, len(parts)).ljust(0x80, b"\0")
        for part in parts:
            body += struct.pack("<IIII", len(part), 0, 0, len(part) + 16) + part
        xml = body
    usable = block - 32
    count = -(-len(xml) // usable)
    # Blocks: 1 the tree, 2 the table, then the data from the last to the first.
    numbers = [2 + count - i for i in range(count)]
    file = bytearray(0x138 + (3 + count) * block)
    file[:8] = b"AAMVHFSS"
    struct.pack_into("<fI", file, 0x124, 2.6, block)
    struct.pack_into("<III", file, 0x140, 1, 2, 3 + count)
    folder = struct.pack("<iQ24xIi176x?3x256s32x", 0, 0, 0, -1, True, b"EDSDatabase")
    item = struct.pack("<iQ24xIi176x?3x256s32x", 2, len(xml), 0, 0, False, b"HeaderData")
    at = block + 0x138
    file[at : at + 1024] = folder + item
    struct.pack_into(f"<{count}I", file, 2 * block + 0x138, *numbers)
    for index, number in enumerate(numbers):
        part = xml[index * usable : (index + 1) * usable]
        at = number * block + 0x138
        file[at : at + len(part)] = part
    return bytes(file)


def elid_bytes(*pictures: bytes) -> bytes:
    body = b"EID2" + struct.pack("<III", 4, 3, len(pictures[0])) + b"\0".join(pictures)
    return bz2.compress(body)


def jeol_text(**changed: str | None) -> str:
    """Return the text for 1280 x 960 scanned at 1000 x: 120 mm / (1000 * 1280) = 93.75 nm."""
    values: dict[str, str | None] = {
        "$SEM_DATA_VERSION": "1",
        "$CM_FORMAT": "JEOL-SEM",
        "$CM_ACCEL_VOLT": "10.00",
        "$$SM_WD": "10.60",
        "$CM_MAG": "1000",
        "$CM_SIGNAL": "COMPO",
        "$CM_INSTRUMENT": "8530F",
        "$CM_DATE": "2020/09/16",
        "$CM_TIME": "10:00:00",
        "$CM_STAGE_POS": "30.65 -2.61 10.54 0 0 0",
        "$$SM_MICRON_BAR": "106",
        "$$SM_MICRON_MARKER": "10um",
        "$CM_FULL_SIZE": "1280 960",
    }
    values |= {f"${key}" if not key.startswith("$") else key: v for key, v in changed.items()}
    return "".join(f"{key} {value}\r\n" for key, value in values.items() if value is not None)


def hitachi_text(**changed: str | None) -> str:
    """Return the text for 1280 x 960 at 600 x: 127 mm / (600 * 1280) = 165.3646 nm."""
    values: dict[str, str | None] = {
        "InstructName": "TM4000",
        "SampleName": "タンポポ花粉",
        "ImageName": "p.tif",
        "Date": "2021/06/23",
        "Time": "16:41:13",
        "DataSize": "1280x960",
        "PixelSize": "165.3646",
        "SignalName": "BSE",
        "AcceleratingVoltage": "15000 Volt",
        "Magnification": "600",
        "WorkingDistance": "7892.3 um",
        "MagnificationDisplay": "0",
        "MicronMarker": "50000",
        "DataDisplayCombine": "1",
        "StagePositionT": "0.000",
        "TiltCompensation": "0",
    }
    values |= changed
    lines = [f"{key}={value}" for key, value in values.items() if value is not None]
    return "\r\n".join(["[SemImageFile]", *lines, ""])


def tescan_text(**changed: str | None) -> dict[str, dict[str, str | None]]:
    """Return the sections of a header for pixels of 2.5 nm."""
    main: dict[str, str | None] = {
        "Date": "2020-01-02",
        "Time": "03:04:05",
        "Device": "MIRA3 LMU",
        "ImageStripSize": "4",
        "Magnification": "100030",
        "PixelSizeX": "2.5e-09",
        "PixelSizeY": "2.5e-09",
        "ViewFieldsCountX": "1",
        "ViewFieldsCountY": "1",
    }
    sem: dict[str, str | None] = {
        "AcceleratorVoltage": "20000.0",
        "Detector0": "SE",
        "DwellTime": "1e-05",
        "HV": "20000.0",
        "StageTilt": "3.0",
        "TiltCorrection": "0",
        "WD": "0.01544",
    }
    for key, value in changed.items():
        (sem if key in sem else main)[key] = value
    return {"MAIN": main, "SEM": sem}


def ini_text(sections: dict[str, dict[str, str | None]], *, headers: bool = True) -> str:
    lines: list[str] = []
    for section, keys in sections.items():
        lines += [f"[{section}]"] if headers else []
        lines += [f"{key}={value}" for key, value in keys.items() if value is not None]
    return "\r\n".join([*lines, ""])
