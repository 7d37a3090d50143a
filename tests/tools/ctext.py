"""A little C: enough lexing for gates that count functions and look into string literals."""
import re

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<char>'(?:\\.|[^'\\\n])*')""",
    re.S,
)


def _blank(text):
    return "".join("\n" if c == "\n" else " " for c in text)


def code_only(text):
    """The text with comments, literals and preprocessor lines blanked, line numbers kept."""
    text = TOKEN.sub(lambda m: _blank(m.group(0)), text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: _blank(m.group(0)), text, flags=re.M)


def strings(text):
    """(line, text) of every string literal; neighbours are joined as the compiler does."""
    joined, start, end = None, 0, 0
    for m in TOKEN.finditer(text):
        if m.lastgroup != "string":
            continue
        body = m.group(0)[1:-1]
        if joined is not None and not TOKEN.sub(" ", text[end : m.start()]).strip():
            joined += body
        else:
            if joined is not None:
                yield text.count("\n", 0, start) + 1, joined
            joined, start = body, m.start()
        end = m.end()
    if joined is not None:
        yield text.count("\n", 0, start) + 1, joined


def functions(text):
    """(name, first line, lines from the opening to the closing brace) of every function body.

    Relies on the enforced format: a function's braces stand alone in the first column.
    """
    lines = code_only(text).split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and opened is None:
            head = " ".join(lines[max(0, number - 8) : number - 1])
            names = re.findall(r"(\w+)\s*\(", head.rsplit("}", 1)[-1].rsplit(";", 1)[-1])
            opened = (names[0] if names else "?", number)
        elif line.startswith("}") and opened is not None:
            yield opened[0], opened[1], number - opened[1] + 1
            opened = None
