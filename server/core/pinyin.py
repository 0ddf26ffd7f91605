"""Sorting and searching Chinese names: the embedded server has no ICU, so the key is stored.

The dictionary takes some 55 MB, and a third of a second: it is loaded by who asks for a key first,
not by every process.
"""

# ruff: noqa: PLC0415


def sort_key(name: str) -> str:
    """Return the pinyin of a name with tone numbers, for ORDER BY under the C collation."""
    from pypinyin import Style, lazy_pinyin

    return " ".join(lazy_pinyin(name, style=Style.TONE3, neutral_tone_with_five=True)).lower()


def search_key(name: str) -> str:
    """Return full pinyin and initials: ``shichangjianguan`` and ``scjg`` both find 市场监管."""
    from pypinyin import Style, lazy_pinyin

    full = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return f"{full} {initials}"
