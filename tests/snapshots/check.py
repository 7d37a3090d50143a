#!/usr/bin/env python3
"""What every client is told about each tool, one file per tool, so that a change of it is seen.

    check.py BINARY             compare tools/<name>.json with what the program says
    check.py BINARY --renew     write them anew; read the difference before it is committed
    check.py --self-test

A tool without a snapshot and a snapshot without a tool are differences too.
"""
import difflib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "tools"


def text_of(tool):
    return json.dumps(tool, indent=2, ensure_ascii=False) + "\n"


def told(binary):
    """Snapshot text by tool name."""
    done = subprocess.run([binary, "tools", "--json"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=True, timeout=60)
    return {tool["name"]: text_of(tool) for tool in json.loads(done.stdout)}


def kept():
    return {path.stem: path.read_text(encoding="utf-8") for path in HERE.glob("*.json")}


def differences(expected, actual):
    """(tool, what is wrong) for each tool of either side that is not the same on both."""
    for name in sorted(expected.keys() | actual.keys()):
        if name not in expected:
            yield name, "has no snapshot"
        elif name not in actual:
            yield name, "has a snapshot, but is no tool"
        elif expected[name] != actual[name]:
            lines = difflib.unified_diff(expected[name].splitlines(), actual[name].splitlines(),
                                         "snapshot", "program", lineterm="", n=1)
            yield name, "differs:\n" + "\n".join(lines)


def renew(actual):
    for name in kept().keys() - actual.keys():
        (HERE / f"{name}.json").unlink()
    for name, text in actual.items():
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")
    print(f"{len(actual)} snapshots written")


def self_test():
    samples = [({"a": "1"}, {"a": "1"}, 0), ({"a": "1"}, {"a": "2"}, 1), ({}, {"a": "1"}, 1),
               ({"a": "1"}, {}, 1)]
    failed = [s for s in samples if len(list(differences(s[0], s[1]))) != s[2]]
    print(f"{len(samples)} samples, {len(failed)} misjudged")
    return 1 if failed else 0


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--self-test":
        return self_test()
    actual = told(sys.argv[1])
    if sys.argv[2:] == ["--renew"]:
        renew(actual)
        return 0
    found = list(differences(kept(), actual))
    for name, what in found:
        print(f"{name} {what}")
    if found:
        print("if that is meant: tests/snapshots/check.py BINARY --renew")
    print(f"{len(actual)} tools, {len(found)} findings")
    return 1 if found or not actual else 0


if __name__ == "__main__":
    sys.exit(main())
