"""Puts the parts of a generated trace file in another order, some of them twice."""
import json
import os
import random


def lines_of(path):
    """Where every line begins and ends."""
    places, at = [], 0
    with open(path, "rb") as file:
        for line in file:
            places.append((at, at + len(line)))
            at += len(line)
    return places


def messages_of(path):
    """Where every varint-delimited message begins and ends, its length included."""
    places, at = [], 0
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(10)
            length, shift, used = 0, 0, 0
            while True:
                byte = head[used]
                length |= (byte & 0x7F) << shift
                shift, used = shift + 7, used + 1
                if byte < 0x80:
                    break
            places.append((at, at + used + length))
            at += used + length
    return places


def spans_in(data, layout):
    """How many spans a line or message holds, by another reader than ours."""
    if layout == "otlp-jsonl":
        resources = json.loads(data)["resourceSpans"]
        return sum(len(scope["spans"]) for resource in resources for scope in resource["scopeSpans"])
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    at = 0
    while data[at] >= 0x80:
        at += 1
    request = ExportTraceServiceRequest.FromString(data[at + 1:])
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)


def rearrange(source, target, layout, seed, share):
    """Writes the parts of a file in random order, a share of them twice; gives the spans written twice."""
    chance = random.Random(seed)
    places = lines_of(source) if layout == "otlp-jsonl" else messages_of(source)
    twice = chance.sample(places, int(len(places) * share))
    order = places + twice
    chance.shuffle(order)
    repeated = 0
    with open(source, "rb") as file, open(target, "wb") as out:
        for begin, end in order:
            file.seek(begin)
            out.write(file.read(end - begin))
        for begin, end in twice:
            file.seek(begin)
            repeated += spans_in(file.read(end - begin), layout)
    return repeated
