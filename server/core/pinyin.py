"""Sorting and searching Chinese names: the embedded server has no ICU, so the key is stored."""

from pypinyin import Style, lazy_pinyin


def sort_key(name: str) -> str:
    """Return the pinyin of a name with tone numbers, for ORDER BY under the C collation."""
    return " ".join(lazy_pinyin(name, style=Style.TONE3, neutral_tone_with_five=True)).lower()


def search_key(name: str) -> str:
    """Return full pinyin and initials: ``shichangjianguan`` and ``scjg`` both find 市场监管."""
    full = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return f"{full} {initials}"
