#!/usr/bin/env python3
"""Includes point downward only.

The planner_layer() lines of src/CMakeLists.txt say which layers a layer may use; what those use
in turn is allowed too. The linker rejects upward calls by the same lines; this gate rejects an
upward #include, which a header of types would get past the linker.
"""
import re
import sys

import common


def allowed(root):
    text = (root / "src/CMakeLists.txt").read_text()
    direct = {}
    for line in re.findall(r"^planner_layer\(([^)]*)\)", text, re.M):
        name, *below = line.split()
        direct[name] = below
    closure = {}
    for name, below in direct.items():  # declared from the bottom up
        closure[name] = {name}
        for other in below:
            closure[name] |= closure.get(other, {other})
    return closure


def check(root):
    closure = allowed(root)
    if not closure:
        yield "src/CMakeLists.txt: no planner_layer() line found"
    folders = [p for base in ("src", "include/planner") for p in sorted((root / base).glob("*/"))]
    for folder in folders:
        layer, name = folder.name, folder.relative_to(root)
        if folder.is_dir() and layer not in closure:
            yield f"{name}: not declared as a planner_layer() in src/CMakeLists.txt"
            continue
        for path in common.files(root, [name], {".c", ".h"}):
            yield from check_file(root, path, layer, closure)


def check_file(root, path, layer, closure):
    for number, line in enumerate(path.read_text().split("\n"), 1):
        found = re.match(r'\s*#\s*include\s*["<](?:.*/)?(?:planner/(\w+)/|\.\./(\w+)/)', line)
        other = found and (found.group(1) or found.group(2))
        if found and other not in closure[layer]:
            yield f"{path.relative_to(root)}:{number}: {layer} may not include {other}"


LAYERS = "planner_layer(base)\nplanner_layer(store base)\nplanner_layer(service store)\n"


def tree(folder, include):
    return {"src/CMakeLists.txt": LAYERS, f"{folder}/x.c": f"#include {include}\n"}


SAMPLES = [
    ("down one", tree("src/store", '"planner/base/x.h"'), None),
    ("down two, through another", tree("src/service", '"planner/base/x.h"'), None),
    ("itself", tree("src/store", '"planner/store/x.h"'), None),
    ("upward", tree("src/base", '"planner/store/x.h"'), "base may not include store"),
    ("upward in a header", tree("include/planner/store", "<planner/service/x.h>"),
     "store may not include service"),
    ("upward by a relative path", tree("src/base", '"../store/x.h"'), "base may not include store"),
    ("an undeclared layer", tree("src/other", '"planner/base/x.h"'), "not declared"),
    ("no layers at all", {"src/CMakeLists.txt": ""}, "no planner_layer() line"),
]

if __name__ == "__main__":
    sys.exit(common.gate_main(check, SAMPLES))
