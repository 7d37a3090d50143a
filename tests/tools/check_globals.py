#!/usr/bin/env python3
"""No mutable variables of static lifetime, but for the short list below.

    check_globals.py BUILD_DIR   reads the object files of libplanner_*.a and of main.c
    check_globals.py --self-test

Sections, not nm's letters, decide: a constant table of pointers is relocated at start and then
read-only (.data.rel.ro), which nm cannot tell from data. Not for sanitized builds, which add
variables of their own.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# (object file, variable): a signal handler can reach nothing else.
ALLOWED = {("signals.c.o", "stop_ticks")}

MUTABLE = re.compile(r"^(?:\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")
ROW = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+) (?:\.hidden )?(\S+)$")


def variables(path):
    """(object file, variable) of everything writable in an object file or an archive of them."""
    done = subprocess.run(["objdump", "-t", path], capture_output=True, text=True, check=True)
    member = path.name
    for line in done.stdout.split("\n"):
        head = re.match(r"^(\S+):\s+file format", line)
        if head:
            member = pathlib.Path(head.group(1)).name
        row = ROW.match(line)
        if row and not set("dfF") & set(row.group(1)) and MUTABLE.match(row.group(2)):
            yield member, row.group(4)


def self_test():
    samples = [
        ("static int x; int f(void) { return ++x; }", True),
        ("int x = 1;", True),
        ("int f(void) { static int n; return ++n; }", True),
        ("_Thread_local int x;", True),
        ('static const char *x = "a"; const char *f(void) { return x; }', False),
        ('static const char *x = "a"; const char *f(int n) { return n ? x++ : x; }', True),
        ('const char *const x[] = {"a", "b"};', False),
        ("int f(void) { return 1; }", False),
    ]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        obj = pathlib.Path(folder) / "sample.o"
        for text, mutable in samples:
            subprocess.run(["cc", "-O1", "-fPIC", "-xc", "-c", "-o", obj, "-"], input=text.encode(),
                           check=True)
            if bool(list(variables(obj))) != mutable:
                wrong += 1
                print(f"self-test: misjudged: {text}")
    print(f"{len(samples)} samples, {wrong} misjudged")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    build = pathlib.Path(sys.argv[1])
    objects = sorted(build.glob("src/libplanner_*.a")) + sorted(build.glob("src/**/main.c.o"))
    if not objects:
        print(f"{build}: nothing is built there")
        return 2
    found = sorted({v for path in objects for v in variables(path)} - ALLOWED)
    for member, name in found:
        print(f"{member}: '{name}' is a mutable variable of static lifetime")
    print(f"{len(objects)} libraries, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
