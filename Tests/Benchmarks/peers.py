#!/usr/bin/env python3
"""Compares `waymark summary` with chDB, DuckDB and polars on the same trace files.

Every engine answers the same question: for each name of a root span the number of spans, of errors, and the exact
(nearest-rank) p50, p95 and p99 of the durations. The engines take turns, one process each, `--runs` rounds; a peer's
time is that of its query alone, without starting Python and importing the engine, and waymark's is that of the whole
process. All answers have to be equal, and equal to those of `--truth`, if that is given; otherwise the exit code is 1.

waymark answers more than is asked here: duplicates, distinct traces, spans whose parents are absent, the slowest
traces, and the same by environment. Peers read from protobuf what they can: chDB only, with a schema of the fields
that the question needs.

The peers are installed from PyPI into a temporary environment that is removed afterwards; `--venv FOLDER` makes and
keeps one instead. Nothing here is part of waymark, and no test looks at the times.

    python3 Tests/Benchmarks/peers.py --waymark .build/release/waymark --json-lines t.jsonl --protobuf t.otlp
"""

import argparse
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv

PACKAGES = ["chdb", "duckdb", "polars"]
QUANTILES = (50, 95, 99)

PROTO = """syntax = "proto3";
message TracesData { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes parent_span_id = 4;
  string name = 5;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  Status status = 15;
}
message Status { int32 code = 3; }
"""


# What each engine is asked -------------------------------------------------------------------------------------------


def chdb_query(path, form):
    """The answer of chDB; raw strings are read once, and only the fields that are needed."""
    import chdb

    spans = (
        "Array(Tuple({scope} Array(Tuple(spans Array(Tuple(name String, {parent} String, {start} UInt64, {end} UInt64,"
        " status Tuple(code Int32)))))))"
    )
    settings = "input_format_skip_unknown_fields = 1"
    if form == "protobuf":
        column, kind = "resource_spans", "Protobuf"
        spans = spans.format(
            scope="scope_spans", parent="parent_span_id", start="start_time_unix_nano", end="end_time_unix_nano"
        )
        schema = os.path.join(tempfile.mkdtemp(), "traces.proto")
        with open(schema, "w") as file:
            file.write(PROTO)
        settings += f", format_schema = '{schema}:TracesData'"
    else:
        column, kind = "resourceSpans", "JSONEachRow"
        spans = spans.format(
            scope="scopeSpans", parent="parentSpanId", start="startTimeUnixNano", end="endTimeUnixNano"
        )
    ranks = ", ".join(f"a[intDiv({q} * runs + 99, 100)]" for q in QUANTILES)
    query = f"""
        SELECT name, count() AS runs, countIf(code = 2) AS errors, arraySort(groupArray(d)) AS a, [{ranks}] AS ranks
        FROM (
            SELECT s.1 AS name, s.2 AS parent, s.4 - s.3 AS d, s.5.1 AS code
            FROM (
                SELECT arrayJoin(arrayFlatten(arrayMap(r -> arrayFlatten(r.1.1), {column}))) AS s
                FROM file('{path}', '{kind}', '{column} {spans}')
            )
            WHERE parent = ''
        )
        GROUP BY name"""
    query = f"SELECT name, runs, errors, ranks FROM ({query}) SETTINGS {settings}"
    lines = str(chdb.query(query, "JSONCompactEachRow")).splitlines()
    rows = (json.loads(line) for line in lines if line)
    return {name: [int(runs), int(errors), *map(int, ranks)] for name, runs, errors, ranks in rows}


def duckdb_query(path, form):
    """The answer of DuckDB in the quickest way we know: lines as texts, each taken apart by a shape."""
    span = '{"name":"VARCHAR","parentSpanId":"VARCHAR","startTimeUnixNano":"UBIGINT","endTimeUnixNano":"UBIGINT",'
    span += '"status":{"code":"INTEGER"}}'
    shape = '{"resourceSpans":[{"scopeSpans":[{"spans":[' + span + "]}]}]}"
    return duckdb_answer(
        f"SELECT from_json(json, '{shape}').resourceSpans AS resourceSpans"
        f" FROM read_json_objects('{path}', format = 'newline_delimited')"
    )


def duckdb_typed_query(path, form):
    """The answer of DuckDB in the way its manual shows: `read_json` with typed columns."""
    span = 'STRUCT(name VARCHAR, "parentSpanId" VARCHAR, "startTimeUnixNano" UBIGINT, "endTimeUnixNano" UBIGINT,'
    span += " status STRUCT(code INTEGER))"
    shape = f'STRUCT("scopeSpans" STRUCT(spans {span}[])[])[]'
    return duckdb_answer(
        f"SELECT resourceSpans FROM read_json('{path}', format = 'newline_delimited',"
        f" columns = {{'resourceSpans': '{shape}'}})"
    )


def duckdb_answer(file):
    import duckdb

    ranks = ", ".join(f"a[({q} * runs + 99) // 100]" for q in QUANTILES)
    query = f"""
        WITH file AS ({file}), resources AS (SELECT unnest(resourceSpans) AS r FROM file),
        scopes AS (SELECT unnest(r.scopeSpans) AS c FROM resources),
        spans AS (SELECT unnest(c.spans) AS s FROM scopes),
        roots AS (
            SELECT s.name AS name, s.endTimeUnixNano - s.startTimeUnixNano AS d, s.status.code AS code
            FROM spans WHERE coalesce(s.parentSpanId, '') = ''
        ), groups AS (
            SELECT name, count(*) AS runs, count(*) FILTER (code = 2) AS errors, list_sort(list(d)) AS a
            FROM roots GROUP BY name
        )
        SELECT name, runs, errors, {ranks} FROM groups"""
    return {row[0]: [int(value) for value in row[1:]] for row in duckdb.connect().execute(query).fetchall()}


def polars_query(path, form):
    """The answer of polars."""
    import polars as pl

    span = pl.Struct(
        {
            "name": pl.String,
            "parentSpanId": pl.String,
            "startTimeUnixNano": pl.String,
            "endTimeUnixNano": pl.String,
            "status": pl.Struct({"code": pl.Int64}),
        }
    )
    scope = pl.Struct({"spans": pl.List(span)})
    schema = {"resourceSpans": pl.List(pl.Struct({"scopeSpans": pl.List(scope)}))}

    def field(name):
        return pl.col("spans").struct.field(name)

    roots = (
        pl.scan_ndjson(path, schema=schema)
        .explode("resourceSpans")
        .select(pl.col("resourceSpans").struct.field("scopeSpans"))
        .explode("scopeSpans")
        .select(pl.col("scopeSpans").struct.field("spans"))
        .explode("spans")
        .filter(field("parentSpanId").fill_null("") == "")
        .select(
            name=field("name"),
            d=field("endTimeUnixNano").cast(pl.UInt64) - field("startTimeUnixNano").cast(pl.UInt64),
            code=field("status").struct.field("code"),
        )
    )
    sorted_durations = pl.col("d").sort()
    answer = roots.group_by("name").agg(
        pl.len().alias("runs"),
        (pl.col("code") == 2).sum().alias("errors"),
        *[sorted_durations.get((pl.len() * q + 99) // 100 - 1).alias(f"p{q}") for q in QUANTILES],
    )
    return {row[0]: [int(value) for value in row[1:]] for row in answer.collect().rows()}


QUERIES = {"chdb": chdb_query, "duckdb": duckdb_query, "duckdb-typed": duckdb_typed_query, "polars": polars_query}
FORMS = {"chdb": ("json", "protobuf"), "duckdb": ("json",), "duckdb-typed": ("json",), "polars": ("json",)}


def worker(engine, path, form):
    """One run in a process of its own: the answer, the query's seconds and the memory."""
    package = engine.split("-")[0]
    __import__(package)
    began = time.perf_counter()
    answer = QUERIES[engine](path, form)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    version = getattr(sys.modules[package], "__version__", "")
    json.dump({"answer": answer, "seconds": seconds, "peak_bytes": memory, "version": str(version)}, sys.stdout)


# The loop ------------------------------------------------------------------------------------------------------------


def run_peer(python, engine, path, form):
    began = time.perf_counter()
    command = [python, os.path.abspath(__file__), "--worker", engine, path, form]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout)
    result["process_seconds"] = time.perf_counter() - began
    return result


def run_waymark(program, path):
    """One `waymark summary`; a journey's row is known by its service and name, which are unique in these files."""
    began = time.perf_counter()
    child = subprocess.Popen([program, "summary", "--format", "json", path], stdout=subprocess.PIPE)
    document = json.load(child.stdout)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{program} summary {path}: exit code {child.returncode}")
    seconds = time.perf_counter() - began
    answer = {}
    for row in document["journeys"]:
        name = row["name"].split(" ", 1)[1]
        if name in answer:
            raise SystemExit(f"{path}: the root name {name!r} is in more than one row; use a file with one environment")
        answer[name] = [row["count"], row["errors"], *(row[f"p{q}_ns"] for q in QUANTILES)]
    return {
        "answer": answer,
        "seconds": seconds,
        "process_seconds": seconds,
        "peak_bytes": usage.ru_maxrss * 1024,
        "version": "",
        "spans": document["spans"],
    }


def truth_answer(path):
    with open(path) as file:
        journeys = json.load(file)["journeys"].values()
    return {
        row["root_name"]: [row["count"], row["errors"], *(row[f"p{q}_ns"] for q in QUANTILES)] for row in journeys
    }


def make_environment(folder):
    venv.create(folder, with_pip=True)
    python = os.path.join(folder, "bin", "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def machine():
    model = platform.processor()
    try:
        with open("/proc/cpuinfo") as file:
            model = re.search(r"model name\s*: (.*)", file.read()).group(1)
    except (OSError, AttributeError):
        pass
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


def measure(options, python):
    """All rounds of one file after the other; the median of each engine, and whether the answers agree."""
    truth = truth_answer(options.truth) if options.truth else None
    load_before = os.getloadavg()[0]
    files = []
    for form, path in (("json", options.json_lines), ("protobuf", options.protobuf)):
        if not path:
            continue
        path = os.path.abspath(path)
        with open(path, "rb") as file:
            while file.read(1 << 24):  # Warm cache.
                pass
        engines = ["waymark"] + [name for name in QUERIES if form in FORMS[name] and name in options.peers.split(",")]
        runs = {name: [] for name in engines}
        for _ in range(options.runs):
            for name in engines:
                run = run_waymark(options.waymark, path) if name == "waymark" else run_peer(python, name, path, form)
                runs[name].append(run)
                print(f"  {form:8} {name:12} {run['seconds']:8.3f} s", file=sys.stderr)
        reference = truth or runs["waymark"][0]["answer"]
        differing = sorted({name for name in engines for run in runs[name] if run["answer"] != reference})
        spans = runs["waymark"][0]["spans"]
        rows = []
        own = statistics.median(run["seconds"] for run in runs["waymark"])
        for name in engines:
            seconds = statistics.median(run["seconds"] for run in runs[name])
            rows.append(
                {
                    "engine": name,
                    "version": runs[name][0]["version"],
                    "seconds": seconds,
                    "all_seconds": [run["seconds"] for run in runs[name]],
                    "process_seconds": statistics.median(run["process_seconds"] for run in runs[name]),
                    "peak_bytes": max(run["peak_bytes"] for run in runs[name]),
                    "spans_per_second": spans / seconds,
                    "bytes_per_second": os.path.getsize(path) / seconds,
                    "times_as_long_as_waymark": seconds / own,
                }
            )
        files.append(
            {
                "form": form,
                "bytes": os.path.getsize(path),
                "spans": spans,
                "names": len(reference),
                "checked_with_truth": truth is not None,
                "differing": differing,
                "engines": rows,
            }
        )
    loads = {"before": load_before, "after": os.getloadavg()[0]}
    return {"machine": machine(), "load": loads, "runs": options.runs, "files": files}


def table(result):
    machine, load = result["machine"], result["load"]
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, "
        f"load {load['before']:.1f} before and {load['after']:.1f} after"
    ]
    for file in result["files"]:
        lines.append(
            f"{file['form']}: {file['spans']} spans, {file['bytes'] / 1e6:.0f} MB, {file['names']} root names, "
            f"medians of {result['runs']} alternating runs"
        )
        lines.append(
            f"  {'engine':<14}{'query s':>10}{'process s':>11}{'M spans/s':>11}{'MB/s':>8}{'peak MB':>9}{'ratio':>8}"
        )
        for row in file["engines"]:
            lines.append(
                f"  {row['engine']:<14}{row['seconds']:>10.3f}{row['process_seconds']:>11.3f}"
                f"{row['spans_per_second'] / 1e6:>11.2f}{row['bytes_per_second'] / 1e6:>8.0f}"
                f"{row['peak_bytes'] / 1e6:>9.0f}{row['times_as_long_as_waymark']:>8.2f}"
            )
        answers = "DIFFERENT: " + ", ".join(file["differing"]) if file["differing"] else "all equal"
        lines.append(f"  answers: {answers}{' to the truth' if file['checked_with_truth'] and not file['differing'] else ''}")
    return "\n".join(lines)


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "--worker":
        return worker(*sys.argv[2:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--waymark", default=".build/release/waymark", help="the program (default %(default)s)")
    parser.add_argument("--json-lines", metavar="FILE", help="a file of make_traces.py --format otlp-jsonl")
    parser.add_argument("--protobuf", metavar="FILE", help="the same spans, --format otlp-proto")
    parser.add_argument("--truth", metavar="FILE", help="the exact answers, --truth of make_traces.py")
    parser.add_argument("--runs", type=int, default=5, help="rounds of all engines (default %(default)s)")
    parser.add_argument("--peers", default=",".join(QUERIES), help="which peers (default %(default)s)")
    parser.add_argument("--venv", metavar="FOLDER", help="keep the peers here instead of throwing them away")
    parser.add_argument("--json", metavar="FILE", help="write the result there as JSON")
    options = parser.parse_args()
    if not (options.json_lines or options.protobuf):
        parser.error("nothing to read: expected --json-lines or --protobuf")
    with tempfile.TemporaryDirectory(prefix="waymark-peers-") as folder:
        place = options.venv or os.path.join(folder, "venv")
        python = os.path.join(place, "bin", "python")
        if not os.path.exists(python):
            print(f"installing {', '.join(PACKAGES)} into {place}", file=sys.stderr)
            python = make_environment(place)
        result = measure(options, python)
    print(table(result))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)
            file.write("\n")
    if any(file["differing"] for file in result["files"]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
