"""How much a pull request may bring, and how much of a registry is read at all: figures, with the reason of each."""

SIZE_LIMIT_BYTES = 16 << 20
"""The registry room reads no more."""
ENTRIES_LIMIT = 5_000
"""Of the whole registry: that many are checked in a second, and the catalogue is still a page."""
VALUES_LIMIT = 200_000
"""Of the whole registry, forty for each entry; every value can have a finding, and findings take memory."""
NEW_ENTRIES_LIMIT = 20
"""Of one pull request: each new entry takes a runner's time, and a maintainer reads every one."""
LOOKS_LIMIT = 50
"""Entries of one pull request whose sources are looked at: a look takes a second or two, the check a few minutes."""
DOWNLOAD_LIMIT_BYTES = 50 * 10**9
"""Of one pull request: some ten models in float32."""
MINUTES_LIMIT = 350
"""Of one entry on its runner, unless it says otherwise: a conversion takes minutes, a slow download hours."""
DISK_LIMIT_GB = 100
"""Of one entry on its runner, download and release, unless it says otherwise: XL in float32 takes some thirty."""
