"""What the gates share: where the files are, how findings are told, and the self-test frame.

A gate is a function check(root) that yields one sentence per finding. gate_main() runs it on the
checkout, or, with --self-test, on samples in a temporary directory: the bad ones have to be found
and the good one has to pass, so that a gate that has gone blind fails by itself.
"""
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(root, folders, suffixes):
    for folder in folders:
        base = root / folder
        for path in sorted(base.rglob("*")) if base.is_dir() else []:
            if path.suffix in suffixes and path.is_file():
                yield path


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def self_test(check, samples):
    """samples: (title, {file: text}, expected part of a finding, or None for a good sample)."""
    wrong = 0
    for title, tree, expected in samples:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in tree.items():
                write(root, name, text)
            found = list(check(root))
        good = not found if expected is None else any(expected in line for line in found)
        if not good:
            wrong += 1
            print(f"self-test '{title}': expected {expected!r}, found {found}")
    print(f"{len(samples)} samples, {wrong} misjudged")
    return 1 if wrong or not samples else 0


def gate_main(check, samples):
    args = sys.argv[1:]
    if args == ["--self-test"]:
        return self_test(check, samples)
    if args:
        print("usage: no arguments to check the checkout, --self-test to check the gate itself")
        return 2
    found = list(check(ROOT))
    for line in found:
        print(line)
    print(f"{len(found)} findings")
    return 1 if found else 0
