#!/usr/bin/env python3
"""Count test cases: prints "PASSED FAILED".

    count.py ctest LAST_TEST_LOG      cmocka's cases where a test prints them, else one per test
    count.py script LOG EXIT_CODE     the closing "N passed, N failed" of a script, else one
    count.py --self-test
"""
import pathlib
import re
import sys


def count_cases(text, good):
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test", text, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] .*?(\d+) test\(s\)", text, re.M))
    if passed + failed == 0:
        return (1, 0) if good else (0, 1)
    return (passed, failed if good or failed else 1)  # a crash after the last case fails too


def count_ctest(text):
    passed = failed = 0
    for part in re.split(r"^\d+/\d+ Testing: ", text, flags=re.M)[1:]:
        p, f = count_cases(part, bool(re.search(r"^Test Passed\.$", part, re.M)))
        passed, failed = passed + p, failed + f
    return passed, failed


def count_script(text, code):
    found = re.findall(r"^(\d+) passed, (\d+) failed", text, re.M)
    if not found:
        return (1, 0) if code == 0 else (0, 1)
    passed, failed = map(int, found[-1])
    return passed, max(failed, 1 if code != 0 else 0)


def self_test():
    head = "1/2 Testing: a\nOutput:\n"
    ok, bad = "Test Passed.\n", "Test Failed.\n"
    cases = [
        (count_ctest(head + ok), (1, 0)),
        (count_ctest(head + bad), (0, 1)),
        (count_ctest(head + "[  PASSED  ] 7 test(s).\n" + ok), (7, 0)),
        (count_ctest(head + "[  PASSED  ] 6 test(s).\n[  FAILED  ] tests: 2 test(s), listed below:\n"
                     + bad), (6, 2)),
        (count_ctest(head + "[  PASSED  ] 7 test(s).\n" + bad), (7, 1)),
        (count_ctest(head + ok + "2/2 Testing: b\n" + "Test not available\n"), (1, 1)),
        (count_script("x\n12 passed, 3 failed\n", 1), (12, 3)),
        (count_script("12 passed, 0 failed\n", 1), (12, 1)),
        (count_script("done\n", 0), (1, 0)),
        (count_script("Killed\n", 137), (0, 1)),
    ]
    wrong = [case for case in cases if case[0] != case[1]]
    for got, expected in wrong:
        print(f"self-test: expected {expected}, got {got}")
    print(f"{len(cases)} samples, {len(wrong)} misjudged")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    text = pathlib.Path(sys.argv[2]).read_text(errors="replace")
    counts = count_ctest(text) if sys.argv[1] == "ctest" else count_script(text, int(sys.argv[3]))
    print(*counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
