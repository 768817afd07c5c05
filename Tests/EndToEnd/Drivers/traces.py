"""Small OTLP JSON files made here, for tests that need to know every byte."""
import json

START = 1_790_000_000_000_000_000


def span(number, name, parent=None, milliseconds=10, **fields):
    """A span of the trace with this number."""
    result = {
        "traceId": f"{number + 1:032x}", "spanId": f"{number * 16 + (2 if parent else 1):016x}", "name": name, "kind": 2,
        "startTimeUnixNano": str(START + number * 1_000_000),
        "endTimeUnixNano": str(START + number * 1_000_000 + milliseconds * 1_000_000), "status": {}}
    if parent:
        result["parentSpanId"] = f"{number * 16 + 1:016x}"
    result.update(fields)
    return result


def text_attribute(key, value):
    return {"key": key, "value": {"stringValue": value}}


def line(spans, service="shop", **resource):
    """One line of a file: a request."""
    attributes = [text_attribute("service.name", service)] + [text_attribute(k, v) for k, v in resource.items()]
    return json.dumps({"resourceSpans": [{
        "resource": {"attributes": attributes}, "scopeSpans": [{"scope": {"name": "test"}, "spans": spans}]}]})


def write(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        for text in lines:
            file.write(text + "\n")
    return path
