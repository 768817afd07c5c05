"""Drives `waymark history` and checks what it says, writes and refuses.

    history.py command
"""

import csv
import fcntl
import io
import json
import os
import subprocess
import sys
import tempfile

BINARY = os.environ["WAYMARK_BINARY"]
COLUMNS = ["runs", "failed", "bad[]", "runs.weight", "failed.weight", "bad[].weight", "backwards", "suspect", "sampled"]
NOON = 1_760_000_040_000_000_000


def run(state, *arguments, stdin=b""):
    environment = dict(os.environ, XDG_STATE_HOME=state)
    done = subprocess.run([BINARY, "history", *arguments], input=stdin, capture_output=True, env=environment, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode()


def expect(condition, words, *facts):
    if not condition:
        print("FAILED:", words, *facts)
        sys.exit(1)


def document():
    """An export as somebody else would write it: a minute of seconds with a run each, two of them failed."""
    slots = []
    for second in range(20):
        failed = 1 if second in (3, 7) else 0
        slots.append({"at_ns": NOON + second * 10**9, "counts": [1, failed, failed, 1 << 24, failed << 24, failed << 24, 0, 0, 0]})
    first = slots[0]["at_ns"] // (64 * 10**9)
    slots = [slot for slot in slots if slot["at_ns"] // (64 * 10**9) == first]
    return {
        "version": 1, "revision": 3, "committed_at_ns": NOON + 60 * 10**9, "watermark_ns": NOON + 60 * 10**9,
        "first_seen_ns": NOON,
        "journeys": [{
            "journey": "login", "environment": "prod", "definition": "0123456789abcdef", "rules": "entry=name=login",
            "first_run_ns": NOON, "last_run_ns": NOON + 19 * 10**9, "error_labels": [], "versions_left_out": 0,
            "parts": [
                {"kind": "counts", "columns": COLUMNS,
                 "blocks": [{"slot_ns": 10**9, "revision": 3, "slots": slots}]},
                {"kind": "latency", "anchor_ns": 1_000_000, "first_bucket": 0, "edges_ns": [1_000_000],
                 "blocks": [{"slot_ns": 10**10, "revision": 3,
                             "slots": [{"at_ns": NOON, "entries": [[0, 5, 5 << 24], [64, 1, 1 << 24]]}]}]},
            ]}],
        "timeline": [{"time": NOON, "kind": "deploy", "service": "login", "after": "2.0"}],
    }, slots


def command():
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryDirectory() as other:
        code, out, err = run(state, "export")
        expect(code == 66 and not out and "no history" in err, "export of nothing", code, err)
        code, out, err = run(state, "import", "/nowhere.json")
        expect(code == 66 and "/nowhere.json" in err, "import of a file that is not there", code, err)
        wrong, _ = document()
        wrong["journeys"][0]["parts"][0]["blocks"][0]["slots"][2]["counts"].pop()
        code, out, err = run(state, "import", "-", stdin=json.dumps(wrong, indent=1).encode())
        expect(code == 65 and "standard input:" in err and "slots[2].counts: expected 9 numbers" in err, "wrong", code, err)
        code, out, err = run(state, "prune", "--older-than", "soon")
        expect(code == 64 and "soon" in err, "a duration that is none", code, err)

        right, slots = document()
        code, out, err = run(state, "import", "-", stdin=json.dumps(right).encode())
        expect(code == 0 and b"1 journeys" in out, "import", code, out, err)
        code, first, err = run(state, "export")
        expect(code == 0, "export", code, err)
        read = json.loads(first)
        expect(read["version"] == 1 and read["timeline"] == right["timeline"], "the timeline", read["timeline"])
        counts = read["journeys"][0]["parts"][0]
        expect(counts["columns"] == COLUMNS and counts["blocks"][0]["slots"] == slots, "the counts", counts)
        latency = read["journeys"][0]["parts"][1]
        expect(latency["edges_ns"][0] == 1_000_000 and latency["edges_ns"][64] == 2_000_000, "edges", latency["edges_ns"])
        code, out, err = run(other, "import", "-", stdin=first)
        code, second, err = run(other, "export")
        expect(code == 0 and second == first, "the export of an import of an export", err)
        mode = os.stat(os.path.join(state, "waymark/history.sqlite")).st_mode & 0o777
        expect(mode == 0o600, "the file is private", oct(mode))

        code, table, err = run(state, "export", "--format", "csv", "--journey", "login")
        rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
        runs = sum(int(row["runs"]) for row in rows if row["record"] == "count" and row["name"] == "runs")
        expect(code == 0 and runs == len(slots), "the runs in CSV", runs, err)
        expect([row["from_ns"] for row in rows if row["record"] == "latency"] == ["1000000", "2000000"], "buckets", rows)

        with open(os.path.join(state, "waymark/history.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write("4321\n")
            lock.flush()
            for arguments in (["import", "-"], ["prune", "--older-than", "1d"]):
                code, out, err = run(state, *arguments, stdin=first)
                expect(code == 69 and "pid 4321" in err, "while another writes", arguments, code, err)
            code, out, err = run(state, "export")
            expect(code == 0 and out == first, "export while another writes", code, err)

        code, out, err = run(state, "prune", "--older-than", "1d")
        expect(code == 0 and b"2 blocks" in out and b"1 events" in out, "prune", code, out, err)
        code, out, err = run(state, "export")
        expect(code == 0 and json.loads(out)["journeys"] == [], "nothing is left", out)


{"command": command}[sys.argv[1]]()
print("ok")
