import numpy as np
import pytest
from skimage.io import imsave

from nanocensus.training import LabelError, number_instances, read_grey, read_instances

DIAGONAL = np.array([[255, 0, 0], [0, 255, 0], [0, 255, 255]], np.uint8)


def test_a_binary_masks_diagonal_neighbours_are_two_particles():
    found = number_instances(DIAGONAL)
    assert found.max() == 2
    assert found[0, 0] != found[1, 1] == found[2, 2]


def test_instance_labels_keep_a_particle_of_two_parts():
    labels = np.array([[7, 0, 7], [3, 3, 3]], np.uint16)
    found = number_instances(labels)
    assert found.tolist() == [[2, 0, 2], [1, 1, 1]]


def test_one_particle_in_two_parts_needs_the_kind_to_be_named():
    labels = np.array([[4, 0, 4]], np.uint8)
    assert number_instances(labels, "labels").tolist() == [[1, 0, 1]]
    assert number_instances(labels, "auto").tolist() == [[1, 0, 2]]


def test_labels_without_background_are_numbered_from_one():
    assert number_instances(np.array([[5, 9]], np.uint8)).tolist() == [[1, 2]]


def test_an_empty_mask_has_no_particles():
    assert number_instances(np.zeros((4, 4), bool)).max() == 0


@pytest.mark.parametrize("values", [np.zeros((3, 3)), np.zeros((2, 2, 2), int), [[-1, 2]]])
def test_what_is_no_label_picture_is_refused(values):
    with pytest.raises(LabelError):
        number_instances(np.asarray(values))


def test_files_are_read_with_their_values(tmp_path):
    imsave(tmp_path / "mask.png", DIAGONAL, check_contrast=False)
    assert read_instances(tmp_path / "mask.png").max() == 2
    assert read_grey(tmp_path / "mask.png").dtype == np.float32


def test_grey_values_saved_as_rgb_are_labels_and_colours_are_not(tmp_path):
    imsave(tmp_path / "rgb.png", np.repeat(DIAGONAL[..., None], 3, 2), check_contrast=False)
    assert read_instances(tmp_path / "rgb.png").max() == 2
    colours = np.zeros((4, 4, 3), np.uint8)
    colours[0, 0] = (255, 0, 0)
    imsave(tmp_path / "colours.png", colours, check_contrast=False)
    with pytest.raises(LabelError, match="colour"):
        read_instances(tmp_path / "colours.png")
