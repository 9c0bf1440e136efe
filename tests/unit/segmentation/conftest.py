"""Stand-ins for a trained network."""

import numpy as np
import pytest
from scipy import ndimage

from .pictures import by_brightness


@pytest.fixture
def oracle():
    """Give a network that is right about every bright particle of any size."""
    return by_brightness(lambda labels, distance: distance)


@pytest.fixture
def sized():
    """Give a network that knows only particles of about 40 px.

    Smaller ones it does not see to the middle, in larger ones it takes all beyond 20 px from the
    edge for the middle.
    """

    def distance(labels, _):
        return np.minimum(1, ndimage.distance_transform_edt(labels) / 20)

    return by_brightness(distance)
