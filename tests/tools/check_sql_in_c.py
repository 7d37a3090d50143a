#!/usr/bin/env python3
"""No SQL in C: statements live in sql/queries. src/store may begin and end transactions.

The short lists below are what may be said in C all the same; every entry is matched whole.
"""
import re
import sys

import common
import ctext

STATEMENT = re.compile(
    r"^\s*(?:SELECT\b\s+[\w*$('\"%]|INSERT\s+INTO\b|UPDATE\s+[\w.\"%]+\s+SET\b|DELETE\s+FROM\b"
    r"|WITH\s+(?:RECURSIVE\s+)?\w+\s+AS\b|(?:CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE)\s+"
    r"(?:OR\s+REPLACE\s+)?(?:TABLE|SCHEMA|INDEX|ROLE|USER|DATABASE|FUNCTION|TYPE|EXTENSION)\b"
    r"|COPY\s+\w+\s+(?:FROM|TO)\b|LOCK\s+TABLE\b"
    r"|BEGIN\b|COMMIT\b|ROLLBACK\b|SAVEPOINT\b|SET\s+(?:LOCAL\s+|SESSION\s+)?\w+\s*(?:=|TO)"
    r"|LISTEN\s|UNLISTEN\b|NOTIFY\s)"
)
# The same statements in lower case count only when they are unmistakable: prose begins with
# "select" and "update" too.
LOWER = re.compile(
    r"^\s*(?:select\s.+\sfrom\s|insert\s+into\s+\w+\s*(?:\(|select|values)"
    r"|update\s+[\w.]+\s+set\s+\w+\s*=|delete\s+from\s+[\w.]+(?:\s+where\b|\s*;|\s*$))",
    re.S,
)
STORE_MAY = re.compile(
    r"(?:BEGIN(?: ISOLATION LEVEL [A-Z ]+)?(?: READ ONLY)?|COMMIT|ROLLBACK(?: TO SAVEPOINT \w+)?"
    r"|(?:RELEASE )?SAVEPOINT \w+|(?:UN)?LISTEN (?:\w+|\*)"
    r"|SET (?:LOCAL |SESSION )?\w+ (?:=|TO) [^;]+);?"
)
# The private cluster is below the store: it makes the database in which queries can run at all.
CLUSTER_MAY = re.compile(r"CREATE DATABASE planner OWNER planner;")
# Files of another database, whose tables are not known before they are read.
SQLITE_MAY = re.compile(
    r"SELECT name FROM sqlite_master WHERE type = 'table'|SELECT \* FROM \"%w\""
)
MAY = {"store": STORE_MAY, "cluster": CLUSTER_MAY, "exchange": SQLITE_MAY}


def check(root):
    for path in common.files(root, ["src", "include"], {".c", ".h"}):
        name = path.relative_to(root)
        may = MAY.get(name.parts[1]) if name.parts[0] == "src" else None
        for line, text in ctext.strings(path.read_text()):
            plain = text.replace("\\n", " ").replace('\\"', '"')
            if not (STATEMENT.match(plain) or LOWER.match(plain)):
                continue
            if not (may and may.fullmatch(plain.strip())):
                yield f"{name}:{line}: SQL in C: {text[:60]}; put it into sql/queries"


def tree(folder, literal):
    return {f"src/{folder}/x.c": f"const char *x(void)\n{{\n    return {literal};\n}}\n"}


SAMPLES = [
    ("a query", tree("service", '"SELECT id FROM items"'), "SQL in C"),
    ("joined from pieces", tree("service", '"UPDATE "\n "items SET a = 1"'), "SQL in C"),
    ("lower case", tree("tools", '"delete from items where id = $1"'), "SQL in C"),
    ("a query in the store", tree("store", '"INSERT INTO items VALUES (1)"'), "SQL in C"),
    ("a common table expression", tree("store", '"WITH x AS (SELECT 1)"'), "SQL in C"),
    ("two statements in the store", tree("store", '"COMMIT; SELECT 1"'), "SQL in C"),
    ("a transaction outside the store", tree("service", '"BEGIN"'), "SQL in C"),
    ("a savepoint in the store", tree("store", '"ROLLBACK TO SAVEPOINT place"'), None),
    ("a transaction in the store", tree("store", '"BEGIN READ ONLY"'), None),
    ("the cluster's database", tree("cluster", '"CREATE DATABASE planner OWNER planner;\\n"'), None),
    ("another database", tree("cluster", '"CREATE DATABASE x"'), "SQL in C"),
    ("the cluster's database elsewhere",
     tree("store", '"CREATE DATABASE planner OWNER planner;"'), "SQL in C"),
    ("prose", tree("tools", '"select what to do; update it, then delete the rest"'), None),
    ("a comment", {"src/service/x.c": "/* SELECT id FROM items */\n"}, None),
]

if __name__ == "__main__":
    sys.exit(common.gate_main(check, SAMPLES))
