"""Characters that JSON can name and no store can keep."""


def whole(text: str) -> str:
    """Half an emoji, as forms that cut texts leave it, becomes the mark of a lost character.

    >>> whole("Kaino \\ud83d")
    'Kaino \ufffd'
    """
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
