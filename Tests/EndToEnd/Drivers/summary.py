"""summary.py SPANS FORMAT SEED ORDER [generator options]: what `waymark summary` counts against the generator's truth.

ORDER is `plain`, `shuffled` (the lines or messages in random order) or `repeated` (shuffled, a tenth of them twice).
"""
import json
import os
import random
import subprocess
import sys

from terminal import equal, expect, main, run

TOOLS = os.environ["WAYMARK_TOOLS"]


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


def summary(folder, spans, layout, seed, order, *options):
    # A small file needs fewer templates to be varied, and they are what takes the generator its time.
    options += () if int(spans) >= 1_000_000 else ("--pool", "6")
    path, truth = os.path.join(folder, "traces"), os.path.join(folder, "truth.json")
    subprocess.run(
        [sys.executable, os.path.join(TOOLS, "make_traces.py"), "--spans", spans, "--format", layout, "--seed", seed,
         "--out", path, "--truth", truth, *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    duplicates = 0
    if order != "plain":
        mixed = os.path.join(folder, "mixed")
        duplicates = rearrange(path, mixed, layout, int(seed), 0.1 if order == "repeated" else 0)
        os.remove(path)
        path = mixed
        expect(order != "repeated" or duplicates > 0, "nothing was repeated: the test is empty")
    done = run("summary", "--format", "json", path, folder=folder, seconds=300)
    equal((done.returncode, done.stderr), (0, b""), "exit code and standard error of summary")
    got = os.path.join(folder, "summary.json")
    with open(got, "wb") as file:
        file.write(done.stdout)
    answer = json.loads(done.stdout)
    equal(answer["version"], 1, "version")
    equal(answer["duplicates"], duplicates, "duplicates")
    equal(answer["rejected"], 0, "rejected")
    check = subprocess.run(
        [sys.executable, os.path.join(TOOLS, "check_summary.py"), got, truth], stdout=subprocess.PIPE, check=False)
    expect(check.returncode == 0, check.stdout.decode())
    print(f"{answer['spans']} spans in {answer['seconds']:.2f} s: {check.stdout.decode().strip()}")


main({"summary": summary})
