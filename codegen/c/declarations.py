"""Splits a preprocessed unit into its declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codegen.c.extensions import CLOSING, OPENING, is_retyping, without_extensions
from codegen.c.tokens import Token, join, tokenize

# Types that cffi does not know.
UNSUPPORTED = frozenset(
    """
    _Atomic _BitInt typeof __typeof __typeof__ __auto_type __int128 __int128_t __uint128_t
    __float128 __fp16 __bf16 _Float16 _Float32 _Float64 _Float128 _Float32x _Float64x
    """.split()  # noqa: SIM905
)

# Words that declare nothing, those of compilers among them.
KEYWORDS = UNSUPPORTED | frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register return short signed sizeof static struct switch typedef union unsigned void
    volatile while _Bool _Complex _Generic _Static_assert __builtin_va_list
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, eq=False)
class Declaration:
    """A declaration of C, without function bodies and extensions of compilers."""

    tokens: tuple[Token, ...]
    retyped: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """File and line of its first token."""
        return self.tokens[0].file, self.tokens[0].line

    @property
    def is_typedef(self) -> bool:
        return any(token.text == "typedef" for token in self.outer)

    @property
    def outer(self) -> Iterator[Token]:
        """Its tokens outside of braces."""
        depth = 0
        for token in self.tokens:
            depth -= token.text == "}"
            if depth == 0:
                yield token
            depth += token.text == "{"

    @property
    def text(self) -> str:
        """The declaration as C, without the values of enumerators."""
        return join(_without_values(self.tokens))

    def unsupported(self) -> str:
        """Return the first word in it of a type that cffi does not know, or ""."""
        return next((token.text for token in self.tokens if token.text in UNSUPPORTED), "")

    def names(self) -> set[str]:
        """Return every identifier in it."""
        return {
            token.text
            for token in self.tokens
            if token.kind == "name" and token.text not in KEYWORDS
        }

    def defined_tags(self) -> Iterator[str]:
        """Yield the tags of the structs, unions and enums whose bodies it holds."""
        for word, tag, brace in zip(self.tokens, self.tokens[1:], self.tokens[2:], strict=False):
            if word.text in ("struct", "union", "enum") and brace.text == "{":
                yield tag.text

    def variable(self, prefix: str) -> str:
        """Return the name of the constant array that it defines; "" if it has another prefix."""
        names = [token.text for token in self.tokens[:4]]
        is_one = names[:3] == ["static", "const", "char"] and names[3].startswith(prefix)
        return names[3] if is_one else ""

    def initializer(self) -> list[Token]:
        """Return the tokens between the equals sign and the semicolon."""
        texts = [token.text for token in self.tokens]
        return list(self.tokens[texts.index("=") + 1 : -1])

    def last_name(self) -> str:
        """Return the name in front of the final semicolon, "" where there is none."""
        last = self.tokens[-2] if len(self.tokens) > 1 else self.tokens[-1]
        return last.text if last.kind == "name" and last.text not in KEYWORDS else ""


def _without_values(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """Yield the tokens without the values of enumerators, which the compiler tells."""
    braces: list[bool] = []
    before = ["", ""]
    depth = 0
    in_value = False
    for token in tokens:
        if token.text in ("(", "["):
            depth += 1
        elif token.text in (")", "]"):
            depth -= 1
        elif token.text == "{":
            braces.append("enum" in before)
            depth = 0
        elif token.text in ("}", ",") and depth == 0:
            in_value = False
        if token.text == "=" and braces and braces[-1]:
            in_value = True
        if token.text == "}" and braces:
            braces.pop()
        if not in_value:
            yield token
        before = [before[1], token.text]


def _declaration(tokens: list[Token]) -> Declaration | None:
    kept = tuple(token for token in tokens if token.kind != "attribute")
    if len(kept) < 2 or kept[0].text in ("_Static_assert", "static_assert"):
        return None
    return Declaration(kept, any(map(is_retyping, tokens)))


def split(unit: str) -> Iterator[Declaration]:
    """Yield the declarations of a preprocessed unit; definitions of functions are left out."""
    tokens: list[Token] = []
    depth = 0
    in_body = False
    before = ""
    for token in without_extensions(list(tokenize(unit))):
        tokens.append(token)
        if token.kind == "attribute":
            continue
        if token.text in OPENING:
            in_body = in_body or (depth == 0 and token.text == "{" and before == ")")
            depth += 1
        elif token.text in CLOSING:
            depth -= 1
        before = token.text
        if depth == 0 and token.text == "}" and in_body:
            tokens, in_body = [], False
        elif depth == 0 and token.text == ";":
            found = _declaration(tokens)
            if found is not None:
                yield found
            tokens = []
