"""formats.py SCENARIO: journeys and budgets in the formats of other tools, through the command line."""
import csv
import io
import json
import os
import shutil
import subprocess

import traces
from terminal import equal, expect, main, run

JOURNEYS = os.path.join(os.environ["WAYMARK_ROOT"], "journeys")
SHOP = """journey: shop
title: Buy "things"
owner: team|shop
entry: service=shop name="GET /"
traffic: never
slo: {window: 28d, fast: {target: 99%, under: 50ms}, ok: {target: 90%}}
---
journey: quiet
entry: service=nobody
"""


def done(folder, *arguments, code=0):
    """Runs the program to an exit code; gives what it printed."""
    process = run(*arguments, folder=folder)
    errors = process.stderr.decode()
    equal(process.returncode, code, f"exit code of {' '.join(arguments)}\n{errors}")
    return process.stdout.decode(), errors


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    return name


def openslo(folder):
    """What is written as OpenSLO is read back as the same journeys."""
    before, _ = done(folder, "journeys", "list", "--full", JOURNEYS)
    text, errors = done(folder, "export", "openslo", "--journeys", JOURNEYS)
    equal(errors, "", "what could not be written")
    os.mkdir(os.path.join(folder, "slos"))
    write(folder, "slos/all.yaml", text)
    report, _ = done(folder, "journeys", "check", "slos")
    equal(report, "5 journeys in 1 file, 0 errors, 0 warnings\n", "the check of what was written")
    after, _ = done(folder, "journeys", "list", "--full", "slos")

    def without_places(lines):
        return [line for line in lines.splitlines() if not line.startswith("# ")]
    equal(without_places(after), without_places(before), "the journeys read back")

    good = traces.write(
        os.path.join(folder, "good.jsonl"), [traces.line([traces.span(n, f"GET /{n % 3}")]) for n in range(9)])
    made, _ = done(folder, "journeys", "write", "--format", "openslo", "--into", "found", good)
    equal(len(made.splitlines()), 3, "files written")
    report, _ = done(folder, "journeys", "check", "found")
    equal(report, "3 journeys in 3 files, 0 errors, 0 warnings\n", "the check of found journeys")
    counted, _ = done(folder, "summary", "--format", "json", "--journeys", "found", good)
    equal([(row["found"], row["count"]) for row in json.loads(counted)["journeys"]], [(False, 3)] * 3, "runs counted")


def prometheus(folder):
    """Rules pass Prometheus' own check; what they cannot say is said."""
    text, errors = done(folder, "export", "prometheus-rules", "--journeys", JOURNEYS)
    expect("not written: checkout: steps" in errors, f"nothing is said of steps: {errors}")
    name = write(folder, "rules.yaml", text)
    promtool = shutil.which("promtool")
    expect(promtool is not None, "no promtool: run .ci/setup")
    check = subprocess.run([promtool, "check", "rules", name], cwd=folder, capture_output=True, text=True, check=False)
    equal(check.returncode, 0, f"promtool check rules: {check.stdout}{check.stderr}")
    other, _ = done(
        folder, "export", "prometheus-rules", "--journeys", JOURNEYS, "--calls-metric", "calls", "--duration-metric",
        "latency_seconds", "--label", "env=stage", "--label", "service=svc")
    for word in ("increase(calls{svc=", "latency_seconds_bucket{", "sum by (stage)", 'le="1.2"'):
        expect(word in other, f"{word!r} is not in the rules")
    expect("traces_span_metrics" not in other, "the usual names are still there")
    for option, value, word in [("--calls-metric", "a b", "name of a metric"), ("--duration-metric", "latency", "unit"),
                                ("--label", "env", "env=environment"), ("--label", "env=1a", "env=environment")]:
        _, errors = done(folder, "export", "prometheus-rules", "--journeys", JOURNEYS, option, value, code=64)
        expect(word in errors and value in errors, f"{option} {value}: {errors}")


def budget(folder):
    """Budgets of a file in three formats, the same in each."""
    write(folder, "shop.yaml", SHOP)
    lines = []
    for number in range(200):
        status = {"code": 2} if number % 20 == 0 else {}
        milliseconds = 80 if number % 50 == 1 else 10
        lines.append(traces.line([traces.span(number, "GET /", milliseconds=milliseconds, status=status)],
                                 **{"deployment.environment.name": "prod"}))
    good = traces.write(os.path.join(folder, "good.jsonl"), lines)
    arguments = ("export", "budget", "--journeys", "shop.yaml", good, "--format")
    text, _ = done(folder, *arguments, "json")
    report = json.loads(text)
    equal(report["version"], 1, "version")
    found = {row["objective"]: (row["total"], row["bad"], row["environment"]) for row in report["budgets"]
             if row["journey"] == "shop"}
    equal(found, {"fast": (200, 14, "prod"), "ok": (200, 10, "prod")}, "the budgets in JSON")
    text, _ = done(folder, *arguments, "csv")
    rows = [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["journey"] == "shop"]
    equal({row["objective"]: (int(row["total"]), int(row["bad"]), row["environment"]) for row in rows}, found,
          "the budgets in CSV")
    equal({row["title"] for row in rows}, {'Buy "things"'}, "the title in CSV")
    text, _ = done(folder, *arguments, "markdown")
    expect("| shop | prod | fast | 99% &lt;50ms | 28d | 200 | 14 | 93% |" in text, f"the table:\n{text}")
    done(folder, "export", "budget", "--journeys", "shop.yaml", "--env", "prod", good)
    _, errors = done(folder, "export", "budget", "--journeys", "shop.yaml", "--env", "test", good, code=65)
    expect("prod" in errors, f"the environments there are: {errors}")
    empty = traces.write(os.path.join(folder, "empty.jsonl"), [])
    _, errors = done(folder, "export", "budget", "--journeys", "shop.yaml", empty, code=2)
    expect("no runs" in errors, f"nothing to judge: {errors}")


def wrong(folder):
    """What is wrong with a document is said with its place."""
    write(folder, "slo.yaml", "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: x\n"
          "  indicator: {metadata: {name: i}, spec: {thresholdMetric: {metricSource: {type: Prometheus,\n"
          "    spec: {query: 'up == 1'}}}}}\n  budgetingMethod: Occurrences\n"
          "  objectives: [{op: lt, value: 1, target: 0.99}]\n")
    for arguments in (("export", "openslo"), ("export", "prometheus-rules"), ("summary", "slo.yaml")):
        _, errors = done(folder, *arguments, "--journeys", "slo.yaml", code=65)
        expect("slo.yaml:7:19: error: " in errors and "waymark.dev/entry" in errors, errors)
    _, errors = done(folder, "export", "openslo", "--journeys", "gone", code=66)
    expect("gone" in errors, errors)
    write(folder, "none.yaml", "# nothing\n")
    _, errors = done(folder, "export", "prometheus-rules", "--journeys", "none.yaml", code=65)
    expect("there is no journey" in errors, errors)


main({"openslo": openslo, "prometheus": prometheus, "budget": budget, "wrong": wrong})
