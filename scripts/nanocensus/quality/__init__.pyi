from .noise import noise_sd as noise_sd

__all__ = ["noise_sd"]
