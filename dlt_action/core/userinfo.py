"""
What signs in inside of an address: `https://user:token@host`, in packages to install.

The name of a storage container stands in the same place, `abfss://container@account`,
and is what people look for. So a name alone is hidden in addresses of the web only,
where it may be a token; with a password behind it, everywhere.
"""

from __future__ import annotations

import re

HIDDEN = "***"

# None of what ends the host of an address. As none holds a slash, each character is
# looked at for one address only; the last `@` counts, for a password may hold one.
_NAME = r"[^\s/?#\"'<>:@]"
_ANY = r"[^\s/?#\"'<>]"
_USERINFO = re.compile(rf"(?i:(https?://){_ANY}+|(//){_NAME}*:{_ANY}*)@")


def without_userinfo(text: str) -> str:
    """*text* without what signs in inside of its addresses."""
    if "//" not in text or "@" not in text:
        return text
    return _USERINFO.sub(rf"\1\2{HIDDEN}@", text)
