import torch
from tests.unit.training.pictures import disc_picture

from nanocensus.segmentation import targets_from_labels
from nanocensus.training import LossSettings
from nanocensus.training.losses import loss_parts, total_loss


def targets():
    return torch.from_numpy(targets_from_labels(disc_picture(0)[1].astype("int32")))[None]


def logits_of(probability):
    return torch.logit(probability.clamp(1e-4, 1 - 1e-4))


def test_the_right_answer_costs_next_to_nothing():
    truth = targets()
    parts = loss_parts(logits_of(truth), truth, torch.ones(1, 1, 64, 64))
    assert float(total_loss(parts, LossSettings())) < 0.01


def test_every_wrong_channel_costs():
    truth, weights = targets(), torch.ones(1, 1, 64, 64)
    for channel, name in enumerate(("foreground", "boundary", "distance")):
        wrong = truth.clone()
        wrong[:, channel] = 1 - wrong[:, channel]
        assert float(loss_parts(logits_of(wrong), truth, weights)[name]) > 0.3


def test_pixels_without_weight_cost_nothing():
    truth, weights = targets(), torch.ones(1, 1, 64, 64)
    weights[..., :32] = 0
    wrong = truth.clone()
    wrong[..., :32] = 1 - wrong[..., :32]
    right = loss_parts(logits_of(truth), truth, weights)
    spoilt = loss_parts(logits_of(wrong), truth, weights)
    for name, value in right.items():
        assert torch.isclose(value, spoilt[name], atol=1e-6), name


def test_a_patch_without_picture_gives_a_finite_gradient():
    logits = torch.zeros(1, 3, 64, 64, requires_grad=True)
    parts = loss_parts(logits, torch.zeros(1, 3, 64, 64), torch.zeros(1, 1, 64, 64))
    total_loss(parts, LossSettings()).backward()
    assert torch.isfinite(logits.grad).all()
