"""Which addresses a parcel may be sent to: nobody may have this server call its own network.

What an address names is decided when it is called, by whom the connection really reaches: a name
that answers with a public address at first and a private one later opens nothing.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from server.uptake.rules import LONGEST_ADDRESS

# IPv4 addresses inside of IPv6 ones, which a translator on the way unpacks (RFC 6052).
TRANSLATED = IPv6Network("64:ff9b::/96")
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def fault_of(address: str, *, production: bool) -> str:
    """Return what is wrong with a recipient's address, in Chinese, or nothing."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "地址不正确，请检查后重新填写。"
    host = parts.hostname or ""
    fault = ""
    if len(address) > LONGEST_ADDRESS or not host or port == 0 or not address.isascii():
        fault = f"请填写完整的地址，不超过 {LONGEST_ADDRESS} 个字符。"
    elif any(sign.isspace() or sign == "\\" for sign in address):
        fault = "地址中不能有空格或反斜杠。"
    elif parts.username is not None or parts.password is not None or parts.fragment:
        fault = "地址中不能有用户名、密码或 # 部分。"
    elif parts.scheme != "https" and (production or parts.scheme != "http"):
        fault = "地址须以 https:// 开头。"
    elif production and not _may_be_public(host):
        fault = "不能填写内网或本机地址，请改填公网的 https 地址；没有公网接口的请用签名文件交接。"
    return fault


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the public network."""
    found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in TRANSLATED:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        # Site-local ones were given up (RFC 3879) and count as global; a network may still have its
        # own.
        if found.teredo is not None or found.is_site_local:
            return False
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast and not found.is_reserved


def _may_be_public(host: str) -> bool:
    """Tell whether a host may be public: names are decided when they are called."""
    try:
        return is_public(host)
    except ValueError:
        return host not in LOCAL_NAMES and "." in host and not host.rstrip(".").isdigit()
