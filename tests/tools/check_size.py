#!/usr/bin/env python3
"""Sizes: no function over 60 lines, a median of at most 15 over src, files of at most 500 lines.

A function is counted from the line of its opening brace to that of its closing brace.
"""
import statistics
import sys

import common
import ctext

FUNCTION_MAX, MEDIAN_MAX, FILE_MAX = 60, 15, 500


def check(root):
    sizes = []
    for path in common.files(root, ["src", "include", "tests"], {".c", ".h"}):
        text, name = path.read_text(), path.relative_to(root)
        n_lines = text.count("\n")
        if n_lines > FILE_MAX:
            yield f"{name}: {n_lines} lines, {FILE_MAX} are allowed; split it by topic"
        for function, line, length in ctext.functions(text):
            if name.parts[0] == "src":
                sizes.append(length)
            if length > FUNCTION_MAX:
                yield f"{name}:{line}: {function} has {length} lines, {FUNCTION_MAX} are allowed"
    median = statistics.median(sizes) if sizes else 0
    if median > MEDIAN_MAX:
        yield f"src: the median function has {median} lines, {MEDIAN_MAX} are allowed"


def body(n_lines):
    return "int f(void)\n{\n" + "    g();\n" * (n_lines - 2) + "}\n"


SAMPLES = [
    ("60 lines are fine", {"src/a.c": body(60) + body(5) + body(5)}, None),
    ("61 lines", {"src/a.c": body(61) + body(5) + body(5)}, "f has 61 lines"),
    ("61 lines in a test", {"tests/a_test.c": body(61)}, "f has 61 lines"),
    ("median 15", {"src/a.c": body(14) + body(15) + body(40)}, None),
    ("median 16", {"src/a.c": body(4) + body(16) + body(40)}, "median function has 16"),
    ("500 lines", {"include/a.h": "\n" * 500}, None),
    ("501 lines", {"include/a.h": "\n" * 501}, "501 lines"),
]

if __name__ == "__main__":
    sys.exit(common.gate_main(check, SAMPLES))
