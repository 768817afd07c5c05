"""joined.py SPANS FORMAT SEED ORDER [generator options]: joined runs as `waymark summary` counts them, against the truth.

The generator's sessions walk through three steps in three traces; its truth says what became of every walk. ORDER is
`plain`, `shuffled` or `repeated` as for summary.py.
"""
import json
import os
import subprocess
import sys

from rearrange import rearrange
from terminal import equal, expect, main, run

TOOLS = os.environ["WAYMARK_TOOLS"]

PURCHASE = """
journey: purchase
join: session.id
within: 30m
steps:
  - browse-product: service=web-gateway name="GET /api/products/{id}" kind=server
  - add-to-cart:    service=web-gateway name="POST /api/cart/items" kind=server
  - checkout:       service=web-gateway name="POST /api/checkout" kind=server
slo:
  bought: {target: 50%, complete: true}
"""


def check(rows, truth):
    """Compares the rows of the purchase, one for each environment, with the truth, which is about all of them."""
    expect(len(rows) == len(truth["traces_per_environment"]), f"{len(rows)} rows of the purchase")
    want = truth["joined"]
    equal(sum(row["started"] for row in rows), want["runs_started"], "runs started")
    equal(sum(row["completed"] for row in rows), want["completed"], "runs completed")
    equal(sum(row["count"] for row in rows), want["completed"], "runs counted")
    for step, count in want["abandoned_after"].items():
        equal(sum(row["abandoned_after"][step] for row in rows), count, f"runs abandoned after {step}")
    for row in rows:
        equal(set(row["abandoned_after"]), set(want["abandoned_after"]), "steps that runs are abandoned after")
    if len(rows) == 1:
        for key in ("p50_ns", "p95_ns", "p99_ns"):
            equal(rows[0].get(key), want[key], key)


def joined(folder, spans, layout, seed, order, *options):
    if int(spans) < 1_000_000:
        options += ("--pool", "6")
    path, truth_path = os.path.join(folder, "traces"), os.path.join(folder, "truth.json")
    subprocess.run(
        [sys.executable, os.path.join(TOOLS, "make_traces.py"), "--spans", spans, "--format", layout, "--seed", seed,
         "--sessions", "--out", path, "--truth", truth_path, *options],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if order != "plain":
        mixed = os.path.join(folder, "mixed")
        rearrange(path, mixed, layout, int(seed), 0.1 if order == "repeated" else 0)
        os.remove(path)
        path = mixed
    journeys = os.path.join(folder, "purchase.yaml")
    with open(journeys, "w", encoding="utf-8") as file:
        file.write(PURCHASE)
    done = run("summary", "--format", "json", "--journeys", journeys, path, folder=folder, seconds=300)
    equal((done.returncode, done.stderr), (0, b""), "exit code and standard error of summary")
    answer = json.loads(done.stdout)
    with open(truth_path, encoding="utf-8") as file:
        truth = json.load(file)
    check([row for row in answer["journeys"] if row["name"] == "purchase"], truth)
    # The steps remain runs of found journeys, counted as if there was no purchase.
    answer["journeys"] = [row for row in answer["journeys"] if row["name"] != "purchase"]
    rest = os.path.join(folder, "rest.json")
    with open(rest, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    done = subprocess.run(
        [sys.executable, os.path.join(TOOLS, "check_summary.py"), rest, truth_path], stdout=subprocess.PIPE, check=False)
    expect(done.returncode == 0, done.stdout.decode())
    print(f"{answer['spans']} spans, {truth['joined']['runs_started']} joined runs in {answer['seconds']:.2f} s")


main({"joined": joined})
