"""
What a person sees of a text that a page shows, however it was escaped for that.

No parser: whatever may be an escape of Markdown, HTML or Mermaid is taken for one, so
that of a whole file, of any kind, nothing is missed.
"""

from __future__ import annotations

import html
import re

# Parts of words that are not seen, and elements that only say how a word looks.
_UNSEEN = re.compile("[\u200b-\u200d\u2060\ufeff]|&#8203;|#8203;|</?(?:wbr|code)>")
_OF_MERMAID = re.compile(r"&?#(?P<number>\d{1,7});")
# Signs that are shown for their likes.
_LIKES = str.maketrans({"\u2217": "*", "\u223c": "~"})


def seen(text: str) -> str:
    """*text* as it is read."""
    shown = html.unescape(_UNSEEN.sub("", text))
    shown = _OF_MERMAID.sub(lambda found: chr(int(found["number"])), shown)
    return shown.translate(_LIKES)
