"""From an architecture's description to a torch module with the outputs of segmentation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import segmentation_models_pytorch as smp
import torch
from safetensors.torch import load_file
from segmentation_models_pytorch.base.modules import Attention
from segmentation_models_pytorch.encoders import get_encoder
from timm.layers import get_attn
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

OUTPUT_CHANNELS = ("foreground", "boundary", "distance")
"""What the three output channels hold, as logits: see `targets_from_labels`. A network may have
the first one only; `nanocensus.segmentation.decoding.complete` then says what the others are."""

DECODERS: dict[str, Callable[..., nn.Module]] = {
    "FPN": smp.FPN,
    "Linknet": smp.Linknet,
    "Unet": smp.Unet,
    "UnetPlusPlus": smp.UnetPlusPlus,
}
"""Decoder's name in an architecture -> builder of the whole network."""

ATTENTIONS: dict[str, Callable[[int], nn.Module]] = {"cbam": get_attn("cbam")}
"""Attention's name in an architecture -> builder from a number of channels. The convolutional
block attention module (Woo et al. 2018, https://arxiv.org/abs/1807.06521) is timm's."""

INITIALISATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu")
}
"""Initialisation's name in an architecture -> how convolutions' weights are drawn. He et al. 2015,
https://arxiv.org/abs/1502.01852."""

_PROBE_SIDE_PX = 64


class ArchitectureError(ValueError):
    """An architecture that cannot be built, or weights that do not fit it."""


def build_network(architecture: Mapping[str, Any]) -> nn.Module:
    """Build a segmentation network with freshly drawn weights.

    Parameters
    ----------
    architecture : Mapping
        `decoder` (a key of `DECODERS`), `encoder` (a name that segmentation_models_pytorch
        knows), and the decoder's further keyword arguments as they are: `encoder_depth`,
        `decoder_channels`, `decoder_interpolation`, `in_channels` (1 unless given) ...
        Further `outputs` (the first one or all of `OUTPUT_CHANNELS`, all unless given),
        `attention` (a key of `ATTENTIONS`) and `initialisation` (a key of `INITIALISATIONS`).

    Returns
    -------
    torch.nn.Module
        (N, in_channels, H, W) float -> (N, outputs, H, W) logits in the order of
        `OUTPUT_CHANNELS`; a sigmoid on each gives the prediction. H and W are multiples of
        2**encoder_depth. In training mode, on the CPU. Weights come from torch's global generator.

    Notes
    -----
    Stages of the encoder that no output depends on (encoder_depth below 5) are dropped: they
    would cost time and stay in the weights' file.
    """
    options = dict(architecture)
    try:
        builder = DECODERS[options.pop("decoder")]
        encoder = options.pop("encoder")
    except KeyError as error:
        raise ArchitectureError(
            f"architecture {dict(architecture)!r}: needs `encoder` and `decoder`, the latter one "
            f"of {sorted(DECODERS)}"
        ) from error
    options.setdefault("in_channels", 1)
    outputs = tuple(options.pop("outputs", OUTPUT_CHANNELS))
    attention, initialisation = options.pop("attention", None), options.pop("initialisation", None)
    _check_options(outputs, attention, initialisation)
    if "decoder_channels" in options and builder is not smp.FPN:
        options["decoder_channels"] = tuple(options["decoder_channels"])
    try:
        network = builder(
            encoder, encoder_weights=None, classes=len(outputs), activation=None, **options
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArchitectureError(
            f"architecture {dict(architecture)!r} cannot be built: {error}"
        ) from error
    if attention is not None:
        _attend(network, ATTENTIONS[attention])
    if initialisation is not None:
        _initialise(network, INITIALISATIONS[initialisation])
    _drop_unused_stages(network, int(options["in_channels"]))
    return network.train()


def load_encoder_weights(network: nn.Module, path: Path) -> None:
    """Start the network's encoder from a local safetensors file of ImageNet weights.

    The file has torchvision's or timm's names of the encoder's parameters. A classifier and
    stages that the network does not use are left aside; everything the encoder has must be
    there. The first convolution's input planes are summed for a network of one input channel,
    because a grey picture has three equal planes.
    """
    given = load_file(path)
    encoder = network.get_submodule("encoder")
    trunk: nn.Module = getattr(encoder, "model", encoder)
    wanted = trunk.state_dict()
    missing = [name for name in wanted if name not in given and "num_batches" not in name]
    if missing:
        raise ArchitectureError(
            f"{path}: {len(missing)} of the encoder's {len(wanted)} parameters are missing, the "
            f"first is {missing[0]!r}; the file belongs to another encoder"
        )
    start = {name: given.get(name, value) for name, value in wanted.items()}
    for name, value in start.items():
        if value.shape == wanted[name].shape:
            continue
        if value.ndim == 4 and wanted[name].shape[1] == 1 and value.shape[1] == 3:
            start[name] = value.sum(1, keepdim=True)
            continue
        raise ArchitectureError(
            f"{path}: {name} has shape {tuple(value.shape)}, the encoder needs "
            f"{tuple(wanted[name].shape)}"
        )
    # torchvision's MobileNetV2 in smp overrides load_state_dict; the base class does not.
    nn.Module.load_state_dict(trunk, start, strict=True)


def load_imagenet_weights(network: nn.Module, architecture: Mapping[str, Any]) -> None:
    """Start the network's encoder from the ImageNet weights that the library downloads.

    They come from the Hugging Face hub, or from its cache on this machine (HF_HOME). As in
    `load_encoder_weights`, stages that the network does not use are left aside and the first
    convolution's input planes are summed for a grey picture.

    Raises
    ------
    ArchitectureError
        The hub cannot be reached and its cache is empty, or it has no weights for the encoder.
    """
    encoder = network.get_submodule("encoder")
    name = str(architecture["encoder"])
    try:
        pretrained = get_encoder(
            name,
            in_channels=int(architecture.get("in_channels", 1)),
            depth=int(architecture.get("encoder_depth", 5)),
            weights=True if name.startswith("tu-") else "imagenet",
        )
    except (KeyError, RuntimeError) as error:
        raise ArchitectureError(
            f"the library has no ImageNet weights for the encoder {name!r} ({error}); set "
            "`encoder_weights` to a safetensors file, or leave it out, or choose another encoder"
        ) from error
    except OSError as error:
        raise ArchitectureError(
            f"ImageNet weights of the encoder {name!r} could not be downloaded "
            f"({type(error).__name__}). Without a network, fetch them elsewhere as a safetensors "
            "file with torchvision's or timm's names and set `encoder_weights` to its path; "
            "without pretrained weights, leave `encoder_weights` out"
        ) from error
    given = pretrained.state_dict()
    wanted = encoder.state_dict()
    # the base class: some of smp's encoders override load_state_dict
    nn.Module.load_state_dict(encoder, {key: given[key] for key in wanted}, strict=True)


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Fold every BatchNorm that follows a convolution in a sequence into it, in place.

    For inference only: the answers differ by rounding, and a fifth of the time is saved.
    """
    network.eval()
    for sequence in network.modules():
        if not isinstance(sequence, nn.Sequential):
            continue
        names = list(dict(sequence.named_children()))
        for name, following in itertools.pairwise(names):
            convolution, norm = sequence.get_submodule(name), sequence.get_submodule(following)
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(sequence, name, fuse_conv_bn_eval(convolution, norm))
                setattr(sequence, following, nn.Identity())
    return network


def stride_of(network: nn.Module) -> int:
    """Return the multiple in px that the sides of a network's input have to be."""
    channels = cast("Sequence[int]", network.get_submodule("encoder").out_channels)
    return int(2 ** (len(channels) - 1))


def _check_options(
    outputs: Sequence[str], attention: str | None, initialisation: str | None
) -> None:
    """Refuse what `build_network` does not know, with the names that it knows."""
    known: tuple[tuple[str, Any, Any], ...] = (
        ("outputs", outputs, (OUTPUT_CHANNELS[:1], OUTPUT_CHANNELS)),
        ("attention", attention, (None, *ATTENTIONS)),
        ("initialisation", initialisation, (None, *INITIALISATIONS)),
    )
    for name, given, allowed in known:
        if given not in allowed:
            raise ArchitectureError(
                f"architecture, {name}: {given!r} is none of {', '.join(map(repr, allowed))}"
            )


def _attend(network: nn.Module, build: Callable[[int], nn.Module]) -> None:
    """Put attention behind the convolutions of every block of the decoder, in place.

    There, where smp puts its own: the encoder stays as it is, so that pretrained weights fit.
    """
    blocks = [
        block
        for block in network.get_submodule("decoder").modules()
        if isinstance(getattr(block, "attention2", None), Attention)
    ]
    if not blocks:
        raise ArchitectureError("architecture, attention: this decoder has no place for it")
    for block in blocks:
        convolution = block.get_submodule("conv2.0")
        channels = cast("nn.Conv2d", convolution).out_channels
        block.get_submodule("attention2").add_module("attention", build(channels))


def _initialise(network: nn.Module, draw: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Draw the weights of all convolutions anew and set their biases to 0, in place."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            draw(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _drop_unused_stages(network: nn.Module, in_channels: int) -> None:
    """Replace stages of the encoder whose parameters no output depends on by nothing."""
    network.eval()  # so that the probe leaves the BatchNorm statistics alone
    probe = torch.zeros(1, in_channels, _PROBE_SIDE_PX, _PROBE_SIDE_PX)
    with torch.enable_grad():
        network(probe).sum().backward()
    for parent in list(network.get_submodule("encoder").modules()):
        if not isinstance(parent, nn.Sequential):
            continue
        for name, child in list(parent.named_children()):
            parameters = list(child.parameters())
            if parameters and all(p.grad is None for p in parameters):
                setattr(parent, name, nn.Identity())
    network.zero_grad(set_to_none=True)
