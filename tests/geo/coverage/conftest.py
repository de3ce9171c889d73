"""Properties are drawn without a clock: the first case of each waits for a compiler."""

from hypothesis import settings

settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")
