"""Names of micrographs: a pure function of a sample's paths, and no two the same."""

from pathlib import PurePosixPath

from nanocensus.campaign.names import names_of_micrographs


def colliding_paths() -> tuple[PurePosixPath, PurePosixPath]:
    """Return two paths of one stem whose hashes begin with the same six digits."""
    seen: dict[str, PurePosixPath] = {}
    # Some 5000 hashes of 24 bits hold such a pair: (5000^2 / 2) / 2^24 = 0.7.
    for number in range(100_000):
        path = PurePosixPath(f"{number}/a.tif")
        (name,) = names_of_micrographs([path]).values()
        if name in seen:
            return seen[name], path
        seen[name] = path
    raise AssertionError("no pair found")


def test_names_that_would_be_the_same_take_more_digits():
    one, other = colliding_paths()
    third = PurePosixPath("elsewhere/a.tif")
    names = names_of_micrographs([one, third, other])
    assert len(set(names.values())) == 3
    assert names == names_of_micrographs([other, one, third])
    alone = names_of_micrographs([one]) | names_of_micrographs([third])
    assert names[third] == alone[third]
    assert names[one].startswith(alone[one])
    assert len(names[one]) > len(alone[one])
