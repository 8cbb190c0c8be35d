"""Takes what only compilers understand out of C, before the parser sees it."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.c.tokens import Token

# Words that say nothing about a type.
DROPPED = {
    *("__extension__", "__inline", "__inline__", "_Noreturn", "__thread", "_Thread_local"),
    *("__cdecl", "__stdcall", "__fastcall", "__vectorcall", "_Nonnull", "_Nullable"),
    *("__restrict", "__restrict__", "restrict"),
}

# Other spellings of words of the language.
SPELLINGS = {
    **dict.fromkeys(("__const", "__const__"), "const"),
    **dict.fromkeys(("__volatile", "__volatile__"), "volatile"),
    **dict.fromkeys(("__signed", "__signed__"), "signed"),
    **dict.fromkeys(("__complex", "__complex__"), "_Complex"),
}

# Words that are followed by parentheses.
WITH_ARGUMENTS = {
    *("__attribute__", "__attribute", "__declspec", "_Alignas", "alignas"),
    *("asm", "__asm", "__asm__"),
}

# Attributes that make another type of the one that is written, or another size.
RETYPING = ("vector_size", "ext_vector_type", "mode", "__mode__", "scalar_storage_order")

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = set(OPENING.values())


def _closing(tokens: list[Token], start: int) -> int:
    """Return the index behind the bracket that closes the one at an index."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].text in OPENING
        depth -= tokens[index].text in CLOSING
        if depth == 0:
            return index + 1
    return len(tokens)


def without_extensions(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens, with each attribute as one token of its own kind."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = index + 1
        if token.text in WITH_ARGUMENTS and token.kind == "name":
            while end < len(tokens) and tokens[end].kind == "name":
                end += 1  # asm volatile
            if end < len(tokens) and tokens[end].text == "(":
                end = _closing(tokens, end)
            yield _attribute(tokens[index:end])
        elif token.text == "[" and end < len(tokens) and tokens[end].text == "[":
            end = _closing(tokens, index)
            yield _attribute(tokens[index:end])
        elif token.text not in DROPPED:
            yield token._replace(text=SPELLINGS.get(token.text, token.text))
        index = end


def _attribute(tokens: list[Token]) -> Token:
    first = tokens[0]
    return first._replace(text=" ".join(token.text for token in tokens), kind="attribute")


def is_retyping(token: Token) -> bool:
    """Whether a token is an attribute that changes the type."""
    return token.kind == "attribute" and any(
        word.strip("_") in (name.strip("_") for name in RETYPING) for word in token.text.split()
    )
