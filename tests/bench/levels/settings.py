"""What is measured, and how often; results of other settings are not mixed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Of one run."""

    subject: str
    """`sd15` or `tiny`."""
    latent: int
    """Height and width of the latents; an image is 8 times as large."""
    loads: int
    """How often each graph is loaded, after once that does not count."""
    slow_loads: int
    """The same for the UNet with all optimisations, which takes ten seconds at full size."""
    steps: int
    """How often a text encoder and a UNet run, after once that does not count."""
    vae_steps: int
    """The same for both halves of the VAE."""

    def loads_of(self, component: str, optimisation: str) -> int:
        """How often a graph is loaded."""
        return self.slow_loads if (component, optimisation) == ("unet", "all") else self.loads

    def steps_of(self, component: str) -> int:
        """How often a graph is run."""
        return self.vae_steps if component.startswith("vae") else self.steps


FULL = Settings(subject="sd15", latent=64, loads=5, slow_loads=2, steps=20, vae_steps=3)
TINY = Settings(subject="tiny", latent=16, loads=2, slow_loads=2, steps=3, vae_steps=3)
