"""real_files.py: the trace files of other projects, against the counts that their README states.

    real_files.py counts   every file by itself, from its path, from standard input, as gzip, as zstd
    real_files.py folders  folders, and folders with files of other kinds
    real_files.py render   the trace screen of every file with spans
"""
import gzip
import json
import os
import re
import shutil
import subprocess

from terminal import equal, expect, main, run

REAL = os.environ["WAYMARK_REAL_FILES"]


def stated():
    """What the README says: path, traces, spans, log records, metric points."""
    files, folder = [], None
    with open(os.path.join(REAL, "README.md"), encoding="utf-8") as readme:
        for line in readme:
            if found := re.match(r"## (\S+)/$", line):
                folder = found[1]
            elif folder and (found := re.match(r"\| `([^`]+)` \| `[^`]+` \| ([^|]+) \|", line)):
                def count(pattern, words=found[2]):
                    number = re.search(r"([0-9,]+) " + pattern, words)
                    return int(number[1].replace(",", "")) if number else 0

                files.append((os.path.join(REAL, folder, found[1]), {
                    "traces": count("trace"), "spans": count("span"), "log_records": count("log record"),
                    "metric_points": count("point")}))
    expect(len(files) >= 70, f"the README lists {len(files)} files; was it read rightly?")
    return files


def counted(done, what):
    """The counts of a summary that must have gone well."""
    equal((done.returncode, done.stderr.decode()), (0, ""), what)
    answer = json.loads(done.stdout)
    equal(answer["rejected"], 0, f"{what}: rejected")
    return {key: answer[key] for key in ("traces", "spans", "log_records", "metric_points")}


def counts(folder):
    packed = os.path.join(folder, "packed")
    for path, wanted in stated():
        name = os.path.relpath(path, REAL)
        equal(counted(run("summary", "--format", "json", path, folder=folder), name), wanted, name)
        with open(path, "rb") as file:
            data = file.read()
            file.seek(0)
            equal(
                counted(run("summary", "--format", "json", "-", folder=folder, stdin=file), name), wanted,
                f"{name} from standard input")
        # The content says how it is packed, not the name.
        with open(packed, "wb") as file:
            file.write(gzip.compress(data))
        equal(counted(run("summary", "--format", "json", packed, folder=folder), name), wanted, f"{name} as gzip")
        subprocess.run(["zstd", "-q", "-f", path, "-o", packed], check=True)
        equal(counted(run("summary", "--format", "json", packed, folder=folder), name), wanted, f"{name} as zstd")


def folders(folder):
    totals = {}
    for path, wanted in stated():
        total = totals.setdefault(os.path.relpath(path, REAL).split(os.sep)[0], dict.fromkeys(wanted, 0))
        for key, value in wanted.items():
            total[key] += value
    # Traces of these folders share ids between files; the distinct ones are counted here by another reader.
    for name in ("zipkin", "jaeger-deathstarbench"):
        got = counted(run("summary", "--format", "json", os.path.join(REAL, name), folder=folder), name)
        equal(got, totals[name], f"the folder {name}")
    mixed = os.path.join(folder, "mixed")
    shutil.copytree(os.path.join(REAL, "zipkin"), mixed)
    shutil.copy(os.path.join(REAL, "README.md"), mixed)
    shutil.copy(os.path.join(REAL, "jaeger-crisp", "expected.json"), mixed)
    done = run("summary", "--format", "json", mixed, folder=folder)
    equal(done.returncode, 65, "exit code of a folder with files of other kinds")
    equal(json.loads(done.stdout)["spans"], totals["zipkin"]["spans"], "spans beside files of other kinds")
    errors = done.stderr.decode()
    for name in ("README.md", "expected.json"):
        expect(name in errors, f"{name} is not named: {errors}")
    alone = run("summary", os.path.join(mixed, "expected.json"), folder=folder)
    equal(alone.returncode, 65, "exit code of JSON of another kind")
    expect("no known trace format" in alone.stderr.decode(), f"not the reason: {alone.stderr.decode()}")


def render(folder):
    for path, wanted in stated():
        if wanted["spans"] == 0:
            continue
        name = os.path.relpath(path, REAL)
        for size in ("160x40", "80x24"):
            done = run("render", "--screen", "trace", "--size", size, path, folder=folder)
            equal((done.returncode, done.stderr.decode()), (0, ""), f"render of {name}")
            text = done.stdout.decode()
            lines = text.splitlines()
            equal(len(lines), int(size.split("x")[1]), f"lines of {name}")
            if size == "80x24":
                continue
            spans = re.search(r"(\d+(?:\.\d+k)?) spans? ", text)
            expect(spans, f"{name}: no trace on the screen\n{text}")
            if wanted["traces"] == 1 and wanted["spans"] < 1000:
                equal(int(spans[1]), wanted["spans"], f"spans in the trace of {name}\n{text}")


main({"counts": counts, "folders": folders, "render": render})
