#!/usr/bin/env python3
"""Say what a host did, from what record.py wrote down: tell.py DIRECTORY

For each start: what was asked for and in which order, how the server was ended, what of the
environment came through. Ends with 1 when a server told something that is no JSON-RPC or did not
end with 0.
"""
import glob
import json
import os
import sys

META = "io.modelcontextprotocol/"
# What tests/hosts/run.sh sets, to see what a host passes on.
MARKERS = ("PLANNER_LOG_LEVEL", "DATABASE_URL", "PGHOST", "HOST_TRIAL", "SECRET_TOKEN")


def messages(rows, what):
    return [(row["ms"], json.loads(row["text"])) for row in rows if row["what"] == what]


def hello(asked):
    """Who asks, for which revision, able to do what: from the first message."""
    params = asked[0][1].get("params", {})
    meta = params.get("_meta", {})
    client = params.get("clientInfo") or meta.get(META + "clientInfo") or {}
    revision = params.get("protocolVersion") or meta.get(META + "protocolVersion")
    able = params.get("capabilities", meta.get(META + "clientCapabilities", {}))
    return f"{client.get('name')} {client.get('version')}, {revision}, capabilities {json.dumps(able)}"


def runs(names):
    """a a a b -> a x3, b"""
    told = []
    for name in names:
        if told and told[-1][0] == name:
            told[-1][1] += 1
        else:
            told.append([name, 1])
    return ", ".join(name if n == 1 else f"{name} x{n}" for name, n in told)


def ending(rows):
    told = [f"{row['text']} at {row['ms']:.0f} ms" for row in rows if row["what"] == "signal"]
    told += [f"end of input at {row['ms']:.0f} ms" for row in rows if (row["what"], row.get("text")) == ("eof", "in")]
    alive = [row["ms"] for row in rows if row["what"] == "alive"]
    told += [f"alive until {alive[-1]:.0f} ms"] if alive else []
    code = [row["text"] for row in rows if row["what"] == "exit"]
    return "; ".join(told + [f"exit {code[0]}" if code else "killed"]), code


def tell(path):
    with open(path) as file:
        rows = [json.loads(line) for line in file]
    asked, said = messages(rows, "in"), messages(rows, "out")
    start = rows[0]
    passed = [name for name in MARKERS if name in start["env"]]
    end, code = ending(rows)
    print(f"  {hello(asked) if asked else 'nothing was asked'}")
    print(f"    asked: {runs([m.get('method', 'an answer') for _, m in asked])}")
    print(f"    errors: {runs([str(m['error']['code']) for _, m in said if 'error' in m]) or 'none'}")
    print(f"    environment: {len(start['env'])} names, of ours {', '.join(passed) or 'none'};"
          f" leads its process group: {'yes' if start['leader'] else 'no'};"
          f" directory: {os.path.basename(start['cwd'])}")
    print(f"    ended: {end}")
    return all(m.get("jsonrpc") == "2.0" for _, m in said) and code in ([], ["0"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tell.py DIRECTORY")
    results = [tell(path) for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.jsonl")))]
    sys.exit(0 if results and all(results) else 1)
