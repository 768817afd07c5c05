"""The official protobuf classes as an oracle for the OTLP codecs.

usage: otlp_oracle.py check
       otlp_oracle.py traces SEED COUNT OUT     random requests on a shuffled wire, each with its dump
       otlp_oracle.py logs|metrics SEED COUNT OUT  random requests, each with the number of its items
       otlp_oracle.py dump FILE OUT             the dump of each message of a file of length-prefixed messages
       otlp_oracle.py dump-json FILE OUT        the dump of each line of OTLP JSON

Files are made of records: a length in four bytes, most significant first, and the contents. A dump has one line a span
and a last line with the number of spans that must be rejected.
"""
import base64
import json
import random
import struct
import sys

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as F
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


# ---- Dump: what a receiver must have understood

def hexed(text):
    return text.encode().hex()


def value_text(value):
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return "s:" + hexed(value.string_value)
    if kind == "bool_value":
        return f"b:{int(value.bool_value)}"
    if kind == "int_value":
        return f"i:{value.int_value}"
    if kind == "double_value":
        if value.double_value != value.double_value:
            return "d:nan"
        return "d:" + struct.pack(">d", value.double_value).hex()
    if kind == "bytes_value":
        return "x:" + value.bytes_value.hex()
    if kind == "array_value":
        return "[" + ",".join(value_text(v) for v in value.array_value.values) + "]"
    if kind == "kvlist_value":
        return "{" + ",".join(f"{hexed(kv.key)}={value_text(kv.value)}" for kv in value.kvlist_value.values) + "}"
    return "-"


def attributes_text(attributes):
    return "(" + " ".join(f"{hexed(kv.key)}={value_text(kv.value)}" for kv in attributes) + ")"


def is_id(data, size):
    return len(data) == size and any(data)


def link_text(link):
    return (f"l {link.trace_id.hex()} {link.span_id.hex()} {hexed(link.trace_state)} "
            f"{attributes_text(link.attributes)}")


def span_text(resource, scope, span):
    parent = span.parent_span_id.hex() if any(span.parent_span_id) else "0" * 16
    parts = [
        f"{span.trace_id.hex()} {span.span_id.hex()} {parent}",
        f"{span.kind if 0 <= span.kind <= 5 else 0} {span.start_time_unix_nano} {span.end_time_unix_nano}",
        f"{span.flags} n:{hexed(span.name)} t:{hexed(span.trace_state)}",
        f"{span.status.code if 0 <= span.status.code <= 2 else 0} m:{hexed(span.status.message)}",
        f"r {attributes_text(resource.attributes)}",
        f"s {hexed(scope.name)} {hexed(scope.version)} {attributes_text(scope.attributes)}",
        f"a {attributes_text(span.attributes)}",
    ]
    parts += [f"e {e.time_unix_nano} {hexed(e.name)} {attributes_text(e.attributes)}" for e in span.events]
    parts += [link_text(x) for x in span.links if is_id(x.trace_id, 16) and is_id(x.span_id, 8)]
    return " | ".join(parts)


def dump(request):
    lines, rejected = [], 0
    for group in request.resource_spans:
        for inner in group.scope_spans:
            for span in inner.spans:
                usable = is_id(span.trace_id, 16) and is_id(span.span_id, 8) and len(span.parent_span_id) in (0, 8)
                if usable:
                    lines.append(span_text(group.resource, inner.scope, span))
                else:
                    rejected += 1
    return "".join(line + "\n" for line in lines) + f"rejected {rejected}\n"


# ---- Random requests

WORDS = ["", "GET /cart", "http.route", "checkout", "ünïcode", "日本語", "quote\"back\\slash", "new\nline\t", "\x00\x1b[31m",
         "🎉🎉", "x" * 200, "db.system.name", "service.name", "a"]


def word(rng):
    return rng.choice(WORDS) if rng.random() < 0.7 else "w%d" % rng.randrange(1000)


def fill_value(rng, value, depth=0):
    kind = rng.randrange(9 if depth < 5 else 7)
    if kind == 0:
        value.string_value = word(rng)
    elif kind == 1:
        value.bool_value = rng.random() < 0.5
    elif kind in (2, 3):
        value.int_value = rng.choice([0, 1, -1, 2**30 - 1, 2**30, -2**30, -2**30 - 1, 2**63 - 1, -2**63,
                                      rng.randrange(-10**6, 10**6)])
    elif kind == 4:
        value.double_value = rng.choice([0.0, -0.0, 1.5, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"),
                                         rng.random() * 1e9, 0.1, 1e21])
    elif kind == 5:
        value.bytes_value = rng.randbytes(rng.randrange(8))
    elif kind == 6:
        pass
    elif kind == 7:
        value.array_value.SetInParent()
        for _ in range(rng.randrange(4)):
            fill_value(rng, value.array_value.values.add(), depth + 1)
    else:
        value.kvlist_value.SetInParent()
        for _ in range(rng.randrange(4)):
            pair = value.kvlist_value.values.add()
            pair.key = word(rng)
            fill_value(rng, pair.value, depth + 1)


def fill_attributes(rng, attributes, most=6):
    for _ in range(rng.randrange(most)):
        pair = attributes.add()
        pair.key = word(rng)
        if rng.random() < 0.95:
            fill_value(rng, pair.value)


def an_id(rng, size):
    draw = rng.random()
    if draw < 0.02:
        return bytes(size)
    if draw < 0.04:
        return rng.randbytes(rng.choice([0, size - 1, size + 1, 2 * size]))
    return rng.randbytes(size - 1) + b"\x01"


def nanos(rng):
    return rng.choice([0, 2**64 - 1, 1_700_000_000_000_000_000 + rng.randrange(10**12)])


def fill_span(rng, span):
    span.trace_id, span.span_id = an_id(rng, 16), an_id(rng, 8)
    if rng.random() < 0.6:
        span.parent_span_id = an_id(rng, 8)
    span.name, span.kind = word(rng), rng.choice([0, 1, 2, 3, 4, 5, 6, 99])
    span.start_time_unix_nano, span.end_time_unix_nano = nanos(rng), nanos(rng)
    span.flags = rng.choice([0, 1, 257, 769, 2**32 - 1])
    span.dropped_attributes_count = rng.randrange(3)
    if rng.random() < 0.3:
        span.trace_state = "ot=th:c"
    if rng.random() < 0.5:
        span.status.code = rng.choice([0, 1, 2, 3])
        span.status.message = word(rng)
    fill_attributes(rng, span.attributes)
    for _ in range(rng.choice([0, 0, 1, 3])):
        event = span.events.add()
        event.time_unix_nano, event.name = nanos(rng), word(rng)
        fill_attributes(rng, event.attributes, 4)
    for _ in range(rng.choice([0, 0, 1, 3])):
        link = span.links.add()
        link.trace_id, link.span_id, link.flags = an_id(rng, 16), an_id(rng, 8), 1
        link.trace_state = word(rng)
        fill_attributes(rng, link.attributes, 4)


def traces_request(rng):
    request = ExportTraceServiceRequest()
    for _ in range(rng.randrange(4)):
        group = request.resource_spans.add()
        if rng.random() < 0.9:
            fill_attributes(rng, group.resource.attributes)
            entity = group.resource.entity_refs.add()
            entity.type = "service"
        group.schema_url = word(rng)
        for _ in range(rng.randrange(3)):
            inner = group.scope_spans.add()
            if rng.random() < 0.9:
                inner.scope.name, inner.scope.version = word(rng), word(rng)
                fill_attributes(rng, inner.scope.attributes, 3)
            for _ in range(rng.randrange(5)):
                fill_span(rng, inner.spans.add())
    return request


def logs_request(rng):
    request, count = ExportLogsServiceRequest(), 0
    for _ in range(rng.randrange(4)):
        group = request.resource_logs.add()
        fill_attributes(rng, group.resource.attributes)
        for _ in range(rng.randrange(3)):
            inner = group.scope_logs.add()
            inner.scope.name = word(rng)
            for _ in range(rng.randrange(6)):
                record = inner.log_records.add()
                record.time_unix_nano = record.observed_time_unix_nano = nanos(rng)
                record.severity_number, record.severity_text, record.flags = rng.randrange(25), word(rng), 1
                record.trace_id, record.span_id, record.event_name = an_id(rng, 16), an_id(rng, 8), word(rng)
                fill_value(rng, record.body)
                fill_attributes(rng, record.attributes)
                count += 1
    return request, count


def fill_exemplars(rng, exemplars):
    for _ in range(rng.randrange(3)):
        exemplar = exemplars.add()
        exemplar.time_unix_nano, exemplar.as_double = nanos(rng), rng.random()
        exemplar.trace_id, exemplar.span_id = rng.randbytes(16), rng.randbytes(8)
        fill_attributes(rng, exemplar.filtered_attributes, 3)


def fill_metric(rng, metric):
    metric.name, metric.description, metric.unit = word(rng), word(rng), word(rng)
    fill_attributes(rng, metric.metadata, 3)
    kind = rng.choice(["gauge", "sum", "histogram", "exponential_histogram", "summary"])
    data = getattr(metric, kind)
    data.SetInParent()
    if kind in ("sum", "histogram", "exponential_histogram"):
        data.aggregation_temporality = rng.randrange(3)
    number = rng.randrange(4)
    for _ in range(number):
        point = data.data_points.add()
        point.start_time_unix_nano, point.time_unix_nano, point.flags = nanos(rng), nanos(rng), rng.randrange(2)
        fill_attributes(rng, point.attributes, 4)
        if kind in ("gauge", "sum"):
            if rng.random() < 0.5:
                point.as_int = rng.randrange(-2**63, 2**63)
            else:
                point.as_double = rng.random()
        else:
            point.count, point.sum = rng.randrange(2**64), rng.random()
        if kind == "summary":
            for _ in range(rng.randrange(3)):
                quantile = point.quantile_values.add()
                quantile.quantile, quantile.value = rng.random(), rng.random()
        else:
            fill_exemplars(rng, point.exemplars)
        if kind == "histogram":
            point.bucket_counts.extend(rng.randrange(2**64) for _ in range(rng.randrange(5)))
            point.explicit_bounds.extend(rng.random() for _ in range(rng.randrange(5)))
            point.min, point.max = rng.random(), rng.random()
        if kind == "exponential_histogram":
            point.scale, point.zero_count, point.zero_threshold = rng.randrange(-10, 20), 3, rng.random()
            point.positive.offset = rng.randrange(-50, 50)
            point.positive.bucket_counts.extend(rng.randrange(2**64) for _ in range(rng.randrange(9)))
            point.negative.bucket_counts.extend(rng.randrange(300) for _ in range(rng.randrange(9)))
    return number


def metrics_request(rng):
    request, count = ExportMetricsServiceRequest(), 0
    for _ in range(rng.randrange(4)):
        group = request.resource_metrics.add()
        fill_attributes(rng, group.resource.attributes)
        for _ in range(rng.randrange(3)):
            inner = group.scope_metrics.add()
            inner.scope.name = word(rng)
            for _ in range(rng.randrange(4)):
                count += fill_metric(rng, inner.metrics.add())
    return request, count


# ---- A wire that is valid and as odd as protobuf allows

def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def counted(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def unknown(rng, depth=0):
    number = rng.choice([100, 1000, 5000, 2**29 - 1])
    kind = rng.choice([0, 1, 2, 3, 5] if depth < 4 else [0, 1, 2, 5])
    tag = varint(number << 3 | kind)
    if kind == 0:
        return tag + varint(rng.randrange(2**64))
    if kind == 1:
        return tag + rng.randbytes(8)
    if kind == 2:
        return counted(number, rng.randbytes(rng.randrange(20)))
    if kind == 5:
        return tag + rng.randbytes(4)
    return tag + b"".join(unknown(rng, depth + 1) for _ in range(rng.randrange(3))) + varint(number << 3 | 4)


def scalar(field, value):
    if field.type in (F.TYPE_STRING, F.TYPE_BYTES):
        return counted(field.number, value.encode() if isinstance(value, str) else value)
    if field.type in (F.TYPE_FIXED64, F.TYPE_DOUBLE, F.TYPE_SFIXED64):
        form = {F.TYPE_FIXED64: "<Q", F.TYPE_DOUBLE: "<d", F.TYPE_SFIXED64: "<q"}[field.type]
        return varint(field.number << 3 | 1) + struct.pack(form, value)
    if field.type == F.TYPE_FIXED32:
        return varint(field.number << 3 | 5) + struct.pack("<I", value)
    assert field.type in (F.TYPE_BOOL, F.TYPE_INT64, F.TYPE_UINT32, F.TYPE_INT32, F.TYPE_ENUM), field.type
    return varint(field.number << 3) + varint(int(value) % 2**64)


def decoy(rng, field):
    if field.type in (F.TYPE_STRING, F.TYPE_BYTES):
        return scalar(field, b"decoy")
    return scalar(field, 1)


def wire(rng, message, oddity):
    """The message with its fields in random order, some given twice, some split, some unknown ones between."""
    lanes = []
    for field, value in message.ListFields():
        if field.message_type is None:
            lane = [scalar(field, value)]
            if rng.random() < oddity / 4:
                lane.insert(0, decoy(rng, field))
        elif isinstance(value, type(message)) or not hasattr(value, "add"):
            lane = split(rng, field.number, wire_parts(rng, value, oddity), oddity)
        else:
            lane = [counted(field.number, b"".join(wire_parts(rng, item, oddity))) for item in value]
        lanes.append(lane)
    if rng.random() < oddity:
        lanes.append([unknown(rng) for _ in range(rng.randrange(1, 3))])
    if message.DESCRIPTOR.name == "AnyValue" and len(lanes) and rng.random() < oddity:
        return [varint(3 << 3) + varint(7)] + [part for lane in lanes for part in lane]
    if rng.random() >= oddity:
        return [part for lane in lanes for part in lane]
    parts = []
    while lanes := [lane for lane in lanes if lane]:
        parts.append(rng.choice(lanes).pop(0))
    return parts


wire_parts = wire


def split(rng, number, parts, oddity):
    if len(parts) < 2 or rng.random() >= oddity:
        return [counted(number, b"".join(parts))]
    middle = rng.randrange(len(parts) + 1)
    return [counted(number, b"".join(parts[:middle])), counted(number, b"".join(parts[middle:]))]


# ---- Files

def write_record(out, data):
    out.write(struct.pack(">I", len(data)) + data)


def records(path):
    with open(path, "rb") as file:
        while head := file.read(4):
            yield file.read(struct.unpack(">I", head)[0])


def ids_as_base64(node):
    """OTLP JSON has ids in hexadecimal where protobuf's own JSON has base64."""
    if isinstance(node, dict):
        return {key: base64.b64encode(bytes.fromhex(value)).decode()
                if key in ("traceId", "spanId", "parentSpanId") else ids_as_base64(value)
                for key, value in node.items()}
    if isinstance(node, list):
        return [ids_as_base64(item) for item in node]
    return node


def generate(signal, seed, count, path):
    rng = random.Random(seed)
    with open(path, "wb") as out:
        for _ in range(count):
            if signal == "traces":
                request = traces_request(rng)
                data = b"".join(wire(rng, request, rng.choice([0, 0.1, 0.5])))
                again = ExportTraceServiceRequest.FromString(data)
                answer = dump(again)
            else:
                request, number = (logs_request if signal == "logs" else metrics_request)(rng)
                data, answer = request.SerializeToString(), str(number)
            write_record(out, data)
            write_record(out, answer.encode())


def main(mode, *rest):
    if mode == "check":
        return
    if mode in ("traces", "logs", "metrics"):
        return generate(mode, int(rest[0]), int(rest[1]), rest[2])
    with open(rest[1], "wb") as out:
        if mode == "dump":
            for data in records(rest[0]):
                write_record(out, dump(ExportTraceServiceRequest.FromString(data)).encode())
        else:
            for data in records(rest[0]):
                document = json.dumps(ids_as_base64(json.loads(data)))
                write_record(out, dump(json_format.Parse(document, ExportTraceServiceRequest())).encode())


main(*sys.argv[1:])
