"""Where a submission came from, as far as the search for manipulation may know it.

Of the address only a block is kept (IPv4 /24, IPv6 /48: a neighbourhood of subscribers, not a
household), as 64 bits of HMAC under the campaign's key, and only until the close.
"""

import ipaddress
from dataclasses import dataclass

from server.core.crypto import mac

BLOCK_BITS = {4: 24, 6: 48}
BLOCK_BYTES = 8


@dataclass(frozen=True)
class Origin:
    """The client's address, and WeChat's risk rank of the member (0 to 4), where known."""

    address: str | None = None
    risk_rank: int | None = None

    def block(self, key: bytes) -> bytes | None:
        """Return the keyed hash of the address's block, or None without a usable address."""
        if self.address is None:
            return None
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return None
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        bits = BLOCK_BITS[address.version]
        network = ipaddress.ip_network((address, bits), strict=False)
        return mac(key, b"address block", network.network_address.packed)[:BLOCK_BYTES]


UNKNOWN_ORIGIN = Origin()
