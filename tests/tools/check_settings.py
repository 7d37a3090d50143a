#!/usr/bin/env python3
"""The settings in the documents are those of the table (src/config/table.c), the checks of doctor those
of src/doctor/checks.c.

    check_settings.py BINARY            compare the documents with what the program prints
    check_settings.py BINARY --renew    write them anew
    check_settings.py --self-test

What lies between a line "... begin" and a line "... end" is printed by the program.
"""
import subprocess
import sys

import common

DOCUMENTS = {
    "docs/mcp-planner.1": ("help settings-man", '.\\" settings begin\n', '.\\" settings end\n'),
    "README.md": ("help settings-markdown", "<!-- settings begin -->\n\n", "\n<!-- settings end -->\n"),
    "docs/DOCTOR.md": ("doctor --list", "<!-- checks begin -->\n\n", "<!-- checks end -->\n"),
}


def split(text, begin, end):
    """(before, inside, after), the marks being in none of them; None when a mark is missing."""
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        return None
    before, rest = text.split(begin)
    inside, after = rest.split(end)
    return before, inside, after


def finding(name, text, printed, begin, end):
    parts = split(text, begin, end)
    if parts is None:
        return f"{name}: the lines with 'begin' and 'end' are not there, once each"
    if parts[1] != printed:
        return f"{name}: is not what the program prints; check_settings.py BINARY --renew"
    return None


def renewed(text, printed, begin, end):
    before, _, after = split(text, begin, end)
    return before + begin + printed + end + after


def printed_by(binary, form):
    return subprocess.run([binary, *form.split()], stdin=subprocess.DEVNULL, capture_output=True,
                          check=True, timeout=60, encoding="utf-8").stdout


def self_test():
    samples = [("b\nx\ne\n", "x\n", True), ("b\ny\ne\n", "x\n", False), ("b\nx\n", "x\n", False),
               ("e\nx\nb\n", "x\n", False), ("b\nx\ne\nb\nx\ne\n", "x\n", False)]
    wrong = [s for s in samples if (finding("f", s[0], s[1], "b\n", "e\n") is None) != s[2]]
    if renewed("1\nb\ny\ne\n2\n", "x\n", "b\n", "e\n") != "1\nb\nx\ne\n2\n":
        wrong.append("renewed")
    print(f"{len(samples) + 1} samples, {len(wrong)} misjudged")
    return 1 if wrong else 0


def main(args):
    if args == ["--self-test"]:
        return self_test()
    if not args or args[1:] not in ([], ["--renew"]):
        print(__doc__)
        return 2
    found = []
    for name, (form, begin, end) in DOCUMENTS.items():
        path = common.ROOT / name
        text, printed = path.read_text(encoding="utf-8"), printed_by(args[0], form)
        if len(args) == 2:
            path.write_text(renewed(text, printed, begin, end), encoding="utf-8")
        else:
            found.append(finding(name, text, printed, begin, end))
    for line in filter(None, found):
        print(line)
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
