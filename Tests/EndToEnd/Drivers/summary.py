"""summary.py SPANS FORMAT SEED ORDER [generator options]: what `waymark summary` counts against the generator's truth.

ORDER is `plain`, `shuffled` (the lines or messages in random order) or `repeated` (shuffled, a tenth of them twice).
"""
import json
import os
import subprocess
import sys

from rearrange import rearrange
from terminal import equal, expect, main, run

TOOLS = os.environ["WAYMARK_TOOLS"]


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
    timed = run("summary", "--timings", "--format", "json", path, folder=folder, seconds=300)
    equal((timed.returncode, timed.stderr), (0, b""), "exit code and standard error of summary --timings")
    again = json.loads(timed.stdout)
    times = again.pop("timings")
    equal({**again, "seconds": 0}, {**answer, "seconds": 0}, "the answer with --timings")
    equal(times["spans"], answer["spans"] + duplicates, "spans that were read")
    equal(times["bytes"], os.path.getsize(path), "bytes that were read")
    expect(all(times["processor"][stage + "_seconds"] > 0 for stage in ("read", "decode", "count")), f"times: {times}")
    expect(times["peak_memory_bytes"] > 1 << 20, f"memory: {times}")
    print(f"{answer['spans']} spans in {answer['seconds']:.2f} s: {check.stdout.decode().strip()}")


main({"summary": summary})
