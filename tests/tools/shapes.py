"""Answers held against what tools/list promises: for every reader of the program's output.

    shapes.learn(BINARY)                 outputSchema by tool; needs no database
    shapes.check_result(schemas, tool, result)
    Listener                             the same for whole messages, by id

and as a program: shapes.py BINARY ARGUMENTS... runs it and passes everything through; the first
answer that is not as promised ends it with 1.
"""
import json
import subprocess
import sys
import threading

RESULT_MAX = 40 * 1024  # bytes of text and structured content together
TOLD_MAX = 150  # bytes that what a write says stays below, in each line
SAYS_MAX = 300  # bytes of a text that stands in the structure as well
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool,
    "integer": int, "number": (int, float), "null": type(None),
}


class Failure(Exception):
    pass


def has_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name])


def validate(value, schema, where):
    """The subset of JSON Schema that the tools use."""
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(has_type(value, name) for name in names):
            raise Failure(f"{where}: outputSchema says {schema['type']}, got {value!r}")
    if "enum" in schema and value not in schema["enum"]:
        raise Failure(f"{where}: outputSchema says one of {schema['enum']}, got {value!r}")
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                raise Failure(f"{where}: outputSchema requires '{name}'")
        properties = schema.get("properties", {})
        for name, member in value.items():
            if name in properties:
                validate(member, properties[name], f"{where}.{name}")
            elif schema.get("additionalProperties", True) is False:
                raise Failure(f"{where}: outputSchema has no '{name}'")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for i, element in enumerate(value):
            validate(element, schema["items"], f"{where}[{i}]")


def learn(binary):
    """outputSchema by tool."""
    done = subprocess.run([binary, "tools", "--json"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=True, timeout=60)
    return {tool["name"]: tool["outputSchema"] for tool in json.loads(done.stdout)
            if "outputSchema" in tool}


def check_says(tool, result):
    text = result["content"][0].get("text", "") if result["content"] else ""
    wanted = text if 0 < len(text.encode()) <= SAYS_MAX else None
    if result["structuredContent"].get("says") != wanted:
        raise Failure(f"{tool}: 'says' must be the text, when that has at most {SAYS_MAX} bytes")


def check_told(tool, result):
    """What a write says is short; what it found or made is in the structure."""
    for line in result["content"][0]["text"].split("\n") if result["content"] else []:
        if result["structuredContent"].get("changed") is True and len(line.encode()) >= TOLD_MAX:
            raise Failure(f"{tool}: a write says less than {TOLD_MAX} bytes, not {line!r}")


def check_result(schemas, tool, result):
    """The result of a tools/call; True when it was one with a shape."""
    if "content" not in result:
        return False
    structured = result.get("structuredContent")
    size = sum(len(part.get("text", "").encode()) for part in result["content"])
    size += 0 if structured is None else len(json.dumps(
        structured, ensure_ascii=False, separators=(",", ":")).encode())
    if size > RESULT_MAX:
        raise Failure(f"{tool}: the answer has {size} bytes, {RESULT_MAX} are allowed")
    if result.get("isError") and structured is not None:
        raise Failure(f"{tool}: an error carries structuredContent")
    if tool not in schemas or result.get("isError"):
        return False
    validate(structured, schemas[tool], f"{tool}: structuredContent")
    check_says(tool, result)
    check_told(tool, result)
    return True


def messages_of(data):
    """The messages of a line, single or a batch; none when it is no JSON."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return [m for m in (found if isinstance(found, list) else [found]) if isinstance(m, dict)]


class Listener:
    """Knows which tool an answer is from, and holds it against that tool's shape."""

    def __init__(self, schemas):
        self.schemas, self.tools = schemas, {}
        self.has_structures = True  # older revisions have texts only

    def sent(self, data):
        for message in messages_of(data):
            params = message.get("params")
            params = params if isinstance(params, dict) else {}
            if message.get("method") == "tools/call":
                self.tools[json.dumps(message.get("id"))] = params.get("name")
            if message.get("method") == "initialize":
                self.has_structures = params.get("protocolVersion") not in (
                    "2024-11-05", "2025-03-26")

    def heard(self, message):
        """True when the message carried an answer that has a shape, and has it."""
        tool, result = self.tools.get(json.dumps(message.get("id"))), message.get("result")
        if not self.has_structures and "structuredContent" not in (result or {}):
            return False
        return isinstance(result, dict) and tool is not None and check_result(
            self.schemas, tool, result)


# ------------------------------------------------------------------ in between


def pass_input(listener, process):
    for line in sys.stdin.buffer:
        listener.sent(line)
        process.stdin.write(line)
        process.stdin.flush()
    process.stdin.close()


def pass_through(binary, arguments):
    listener = Listener(learn(binary))
    process = subprocess.Popen([binary, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=pass_input, args=(listener, process), daemon=True).start()
    try:
        for line in process.stdout:
            for message in messages_of(line):
                listener.heard(message)
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    except Failure as failure:
        print(failure, file=sys.stderr)
        process.kill()
        process.wait()
        return 1
    return process.wait()


if __name__ == "__main__":
    sys.exit(pass_through(sys.argv[1], sys.argv[2:]))
