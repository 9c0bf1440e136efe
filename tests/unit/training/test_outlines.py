"""Labels drawn as outlines in COCO and Fiji files."""

import csv
import json

import numpy as np
import pytest
from roifile import ROI_TYPE, ImagejRoi, roiwrite
from skimage.io import imsave
from skimage.measure import find_contours, label
from tests.unit.segmentation.pictures import segmentation
from tests.workflow.campaigns import BUNDLES

from evaluate_segmentation import main
from nanocensus.training import LabelError, LabelledPicture, outlines_to_labels, read_instances

DISCS = ((20.3, 18.7, 9.0), (40.0, 44.5, 12.5))


@pytest.fixture
def truth():
    y, x = np.mgrid[:60, :70]
    labels = np.zeros((60, 70), np.int32)
    for number, (row, column, radius) in enumerate(DISCS, start=1):
        labels[np.hypot(y - row, x - column) < radius] = number
    return labels


@pytest.fixture
def draw(tmp_path):
    """Draw a label file for the picture a.png and read the labels back."""
    imsave(tmp_path / "a.png", np.zeros((60, 70), np.uint8), check_contrast=False)

    def drawn(name):
        row = LabelledPicture(tmp_path / "a.png", tmp_path / name, "s", "train")
        (found,) = outlines_to_labels([row], tmp_path / "drawn")
        return read_instances(found.labels, found.kind)

    return drawn


def outlines_of(labels):
    """Give each particle's outline, (n, 2) of x, y with pixel corners at integers."""
    return [
        find_contours(labels == number, 0.5)[0][:, ::-1] + 0.5
        for number in range(1, labels.max() + 1)
    ]


def write_coco(path, segmentations, image="figures/a.png"):
    annotations = [
        {"id": n, "image_id": 7, "category_id": 1, "segmentation": s}
        for n, s in enumerate(segmentations)
    ]
    other = {"id": 99, "image_id": 8, "category_id": 1, "segmentation": [[0, 0, 60, 0, 60, 60]]}
    images = [{"id": 7, "file_name": image}, {"id": 8, "file_name": "b.png"}]
    path.write_text(json.dumps({"images": images, "annotations": [*annotations, other]}))


def test_coco_polygons_come_back_as_the_labels_they_were(truth, draw, tmp_path):
    write_coco(tmp_path / "all.json", [[o.ravel().tolist()] for o in outlines_of(truth)])
    assert (draw("all.json") == truth).all()


def test_coco_run_lengths_go_down_the_columns(truth, draw, tmp_path):
    runs = []
    for number in (1, 2):
        flat = (truth == number).T.ravel()
        edges = np.flatnonzero(np.diff(flat.astype(int))) + 1
        runs.append(np.diff([0, *edges, flat.size]).tolist())
    write_coco(tmp_path / "all.json", [{"size": [60, 70], "counts": c} for c in runs])
    assert (draw("all.json") == truth).all()


def test_fiji_regions_come_back_as_the_labels_they_were(truth, draw, tmp_path):
    regions = [ImagejRoi.frompoints(o.astype(np.float32)) for o in outlines_of(truth)]
    roiwrite(tmp_path / "all.zip", regions, name=["one", "two"])
    assert (draw("all.zip") == truth).all()
    regions[1].tofile(tmp_path / "second.roi")
    assert (draw("second.roi") == (truth == 2)).all()


def test_a_fiji_rectangle_covers_whole_pixels(draw, tmp_path):
    rectangle = ImagejRoi(roitype=ROI_TYPE.RECT, top=3, left=5, bottom=13, right=25)
    rectangle.tofile(tmp_path / "box.roi")
    expected = np.zeros((60, 70), int)
    expected[3:13, 5:25] = 1
    assert (draw("box.roi") == expected).all()


def test_what_has_no_area_or_no_picture_is_refused(draw, tmp_path):
    ImagejRoi(roitype=ROI_TYPE.LINE, x2=9, y2=9, name="scale").tofile(tmp_path / "line.roi")
    with pytest.raises(LabelError, match="'scale' is a line, which has no area"):
        draw("line.roi")
    write_coco(tmp_path / "other.json", [], image="c.png")
    with pytest.raises(LabelError, match=r"names 'a.png' 0 times"):
        draw("other.json")
    write_coco(tmp_path / "packed.json", [{"size": [60, 70], "counts": "aB2"}])
    with pytest.raises(LabelError, match="export polygons"):
        draw("packed.json")
    (tmp_path / "note.json").write_text("[]")
    with pytest.raises(LabelError, match="no COCO file"):
        draw("note.json")


SQUARE = [[1, 1, 9, 1, 9, 9, 1, 9]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iscrowd": 1}, "annotation 3 is a crowd"),
        ({"segmentation": {"size": [60, 70], "counts": [10, 5]}}, "annotation 3 .*add up to 15"),
        ({"segmentation": {"counts": [10, 5]}}, "annotation 3 cannot .*size"),
        ({"segmentation": [[1, 1, 9, 1, 9]]}, "annotation 3 cannot"),
        ({"segmentation": [[1, 1, 9, 1, 9, None]]}, "annotation 3 cannot"),
        ({"segmentation": [[101, 1, 109, 1, 109, 9]]}, r"regions \[1\] cover no pixel of .*a.png"),
        ({"image_id": None}, None),
    ],
)
def test_annotations_that_cannot_be_drawn_are_named(draw, tmp_path, changes, message):
    one = {"id": 3, "image_id": 7, "segmentation": SQUARE, **changes}
    content = {"images": [{"id": 7, "file_name": "a.png"}], "annotations": [one]}
    (tmp_path / "one.json").write_text(json.dumps(content))
    if message is None:
        assert not draw("one.json").any()
        return
    with pytest.raises(LabelError, match=f"one.json: {message}"):
        draw("one.json")


def test_an_annotation_of_no_picture_and_a_picture_of_another_size_are_told(draw, tmp_path):
    content = {"images": [{"id": 7, "file_name": "a.png", "height": 60, "width": 70}]}
    content["annotations"] = [{"id": 3, "image_id": 7, "segmentation": SQUARE}]
    (tmp_path / "one.json").write_text(json.dumps(content))
    assert draw("one.json").sum() == 64
    content["images"][0]["width"] = 140
    (tmp_path / "one.json").write_text(json.dumps(content))
    with pytest.raises(LabelError, match=r"width of 'a.png' is given as 140, the picture's is 70"):
        draw("one.json")
    del content["annotations"][0]["image_id"]
    (tmp_path / "one.json").write_text(json.dumps(content))
    with pytest.raises(LabelError, match=r"lacks .*image_id"):
        draw("one.json")


class Threshold:
    """Segments like the real one, by a threshold."""

    def segment(self, pixels, overlay):
        return segmentation(label(pixels > 120, connectivity=1))


def test_an_evaluation_draws_outlines_of_coco_and_fiji_and_scores_them(
    truth, tmp_path, monkeypatch
):
    monkeypatch.setattr("evaluate_segmentation.load_segmenter", lambda *_, **__: Threshold())
    monkeypatch.setattr("nanocensus.training.specimens.RESAMPLES", 50)
    regions = [ImagejRoi.frompoints(o.astype(np.float32)) for o in outlines_of(truth)]
    write_coco(tmp_path / "a.json", [[o.ravel().tolist()] for o in outlines_of(truth)])
    roiwrite(tmp_path / "b.zip", regions, name=["one", "two"])
    regions[1].tofile(tmp_path / "c.roi")
    lines = ["picture\tlabels\tspecimen\tsplit"]
    for labels in ("a.json", "b.zip", "c.roi"):
        name = labels[0]
        imsave(tmp_path / f"{name}.png", (60 + 120 * (truth > 0)).astype(np.uint8))
        lines.append(f"{name}.png\t{labels}\t{name}\ttest")
    (tmp_path / "sheet.tsv").write_text("\n".join(lines) + "\n")
    given = ["--bundle", str(BUNDLES / "tiny_segmentation"), "--sheet", str(tmp_path / "sheet.tsv")]
    main([*given, "--output", str(tmp_path / "out")])
    with (tmp_path / "out" / "pictures.tsv").open(newline="") as stream:
        rows = {row["picture"]: row for row in csv.DictReader(stream, delimiter="\t")}
    counts = ("n_truth", "n_predicted", "n_matched", "f1_50", "iou")
    assert [rows["a"][name] for name in counts] == ["2", "2", "2", "1", "1"]
    assert [rows["b"][name] for name in counts] == ["2", "2", "2", "1", "1"]
    assert [rows["c"][name] for name in counts[:3]] == ["1", "2", "1"], "one region is drawn"
    assert len(list((tmp_path / "out" / "truth").iterdir())) == 3
    about = json.loads((tmp_path / "out" / "scores.json").read_text())["about"]
    assert about["arithmetic"] in ("float32", "float16")


def test_a_zip_that_is_none_is_told(draw, tmp_path):
    (tmp_path / "all.zip").write_bytes(b"no zip")
    with pytest.raises(LabelError, match=r"all.zip: no regions of Fiji"):
        draw("all.zip")


def test_label_pictures_are_left_alone(tmp_path):
    row = LabelledPicture(tmp_path / "a.png", tmp_path / "a.labels.png", "s", "train")
    assert outlines_to_labels([row], tmp_path) == (row,)
