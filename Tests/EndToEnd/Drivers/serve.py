"""serve.py SCENARIO: a waymark without a terminal, as an operator runs it.

life: what was judged, acknowledged, muted and marked is there after a restart; SIGTERM ends it cleanly.
people: every command of people, right and wrong, with its words and its exit code.
bare: without any file of journeys it goes on, and finds journeys in what comes.
kill ROUNDS: killed again and again while spans come; no committed count is lost or doubled.
"""
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import urllib.request

from terminal import environment, equal, expect, main, run, waymark

SECOND = 1_000_000_000
JOURNEY = """journey: checkout
title: Check out a basket
owner: team-payments
entry: service=web name="POST /checkout"
slo:
  fast: {target: 99%, under: 300ms}
  success: {target: 99%}
"""


class Serve:
    """A running `waymark serve` with what it logged."""

    def __init__(self, folder, *arguments, journey=JOURNEY):
        path = os.path.join(folder, "journeys", "checkout.yaml")
        if journey and not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(journey)
        self.folder = folder
        self.lines = []
        self.process = subprocess.Popen(
            [waymark(), "serve", "--grpc-port", "0", "--http-port", "0", *arguments], cwd=folder,
            env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.port = int(self.wait_for(r"receiving OTLP on .* HTTP (\d+)")[1])

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, pattern, seconds=60):
        """The match of a pattern in a line of the log."""
        end = time.time() + seconds
        while time.time() < end:
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        expect(False, f"no line {pattern!r} in the log:\n" + "\n".join(self.lines[-40:]))

    def send(self, spans):
        """Sends spans over HTTP; they are acknowledged when this returns."""
        body = json.dumps({"resourceSpans": [{
            "resource": {"attributes": [
                {"key": "service.name", "value": {"stringValue": "web"}},
                {"key": "service.version", "value": {"stringValue": "1.0.0"}},
                {"key": "deployment.environment.name", "value": {"stringValue": "prod"}}]},
            "scopeSpans": [{"spans": spans}]}]}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/traces", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            equal(answer.status, 200, "answer to spans")

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        self.reader.join(10)
        return status


def span(number, failed=False, milliseconds=20, end=None):
    """A run of the journey that has just ended."""
    end = end or time.time_ns()
    return {
        "traceId": f"{number + 1:032x}", "spanId": f"{number + 1:016x}", "name": "POST /checkout", "kind": 2,
        "startTimeUnixNano": str(end - milliseconds * 1_000_000), "endTimeUnixNano": str(end),
        "status": {"code": 2} if failed else {}}


def bare(folder):
    serve = Serve(folder, journey=None)
    serve.wait_for("; 0 journeys;")
    for number in range(3):
        time.sleep(1)
        serve.send([span(number)])
    equal(serve.process.poll(), None, "exit code while it should go on")
    equal(serve.end(), 0, "exit code")
    expect("everything counted is in the history" in serve.lines[-1], serve.lines[-1])
    expect(not any(" error " in line for line in serve.lines), "\n".join(serve.lines))


def status(folder):
    """How the journey stands, and the exit code."""
    answer = run("status", "--format", "json", folder=folder)
    if answer.returncode not in (0, 1, 2):
        return None, answer.returncode
    rows = [row for row in json.loads(answer.stdout)["journeys"] if row["journey"] == "checkout"]
    return next((row for row in rows if row.get("environment") == "prod"), rows[0] if rows else None), answer.returncode


def wait_for_state(folder, wanted, seconds=60):
    end = time.time() + seconds
    row = None
    while time.time() < end:
        row, _ = status(folder)
        if row and row["state"] == wanted:
            return row
        time.sleep(0.3)
    expect(False, f"the journey is {row}, expected {wanted}")


def export(folder):
    answer = run("history", "export", folder=folder)
    equal(answer.returncode, 0, "exit code of history export: " + answer.stderr.decode())
    return json.loads(answer.stdout)


def life(folder):
    serve = Serve(folder)
    now = time.time_ns()
    serve.send([span(n, failed=n % 3 == 0, end=now - 600 * SECOND + n * SECOND) for n in range(600)])
    row = wait_for_state(folder, "PAGE")
    since = row["since"]
    expect(since, "a page without since")
    answer = run("ack", "checkout", "--note", "looking", folder=folder)
    equal(answer.returncode, 0, "exit code of ack")
    answer = run("mark", "deploy", "payments", "2.14.0", "--before", "2.13.4", folder=folder)
    equal(answer.returncode, 0, "exit code of mark")
    expect(status(folder)[0]["acknowledged"], "the acknowledgement is not there")
    time.sleep(2.5)
    equal(serve.end(), 0, "exit code after SIGTERM")

    begin = time.time()
    serve = Serve(folder)
    row = wait_for_state(folder, "PAGE", 20)
    expect(time.time() - begin < 30, "the restart took half a minute")
    equal(row["since"], since, "since when, after a restart")
    expect(row.get("acknowledged"), "the acknowledgement did not survive a restart")
    equal(run("mute", "checkout", "--for", "1h", folder=folder).returncode, 0, "exit code of mute")
    row = wait_for_state(folder, "MUTED", 20)
    expect(row["muted_until"], "until when it is muted")
    equal(run("unmute", "checkout", folder=folder).returncode, 0, "exit code of unmute")
    wait_for_state(folder, "PAGE", 20)
    time.sleep(2.5)
    document = export(folder)
    kinds = [event["kind"] for event in document["timeline"]]
    for kind in ["fired", "acknowledged", "deploy", "muted", "unmuted"]:
        expect(kind in kinds, f"no {kind} in the exported timeline: {kinds}")
    equal(serve.end(signal.SIGINT), 0, "exit code after SIGINT")


def people(folder):
    nobody = run("status", folder=folder)
    equal(nobody.returncode, 69, "status without a waymark")
    expect("waymark serve" in nobody.stderr.decode(), "no word on what to do: " + nobody.stderr.decode())
    serve = Serve(folder)
    serve.send([span(n) for n in range(50)])
    wait_for_state(folder, "OK")
    equal(status(folder)[1], 0, "exit code of status when all is well")
    cases = [
        (("ack", "chekout"), 65, "checkout"), (("ack", "checkout"), 65, "no trouble"),
        (("ack", "checkout", "--env", "prd"), 65, "prod"), (("mute", "checkout"), 64, "--until"),
        (("mute", "checkout", "--for", "soon"), 64, "2h"), (("mute", "checkout", "--until", "2001-01-01T00:00:00Z"), 64, ""),
        (("unmute", "checkout"), 65, "not muted"), (("mark", "deploy", "payments"), 64, "version"),
        (("note", "all quiet", "--journey", "nope"), 65, "nope"), (("note", "all quiet"), 0, ""),
        (("alerts", "test"), 65, "alerting"), (("serve", "--log-level", "loud"), 64, "info"),
    ]
    for arguments, code, word in cases:
        answer = run(*arguments, folder=folder)
        text = (answer.stdout + answer.stderr).decode()
        equal(answer.returncode, code, " ".join(arguments) + ": " + text)
        expect(word in text, f"{' '.join(arguments)}: no {word!r} in {text!r}")
    equal(serve.end(), 0, "exit code after SIGTERM")


def kill(folder, rounds):
    """Between two kills, what was acknowledged more than a second before the kill is counted, and nothing twice."""
    chance = random.Random(7)
    number, total = 0, 0
    for _ in range(int(rounds)):
        serve = Serve(folder)
        acknowledged, end, first = [], time.time() + chance.uniform(1.2, 3.0), number
        while time.time() < end:
            serve.send([span(number + n) for n in range(10)])
            number += 10
            acknowledged.append((time.time(), number - first))
        killed = time.time()
        equal(serve.end(signal.SIGKILL), -signal.SIGKILL, "exit code after SIGKILL")
        counted = count(export(folder))
        # A commit a second, and the time that it takes on a busy machine.
        sure = max([sent for at, sent in acknowledged if at < killed - 2.5], default=0)
        expect(total + sure <= counted <= total + number - first,
               f"{counted} runs are counted, expected {total + sure} to {total + number - first}")
        total = counted
    serve = Serve(folder)
    equal(serve.end(), 0, "exit code at last")
    equal(count(export(folder)), total, "runs after a restart without new ones")


def count(document):
    """All runs of the journey in an export, by the longest slots, which hold every run of the last weeks."""
    total = 0
    for journey in document["journeys"]:
        for part in journey["parts"]:
            if part["kind"] != "counts":
                continue
            column = part["columns"].index("runs")
            longest = max(block["slot_ns"] for block in part["blocks"])
            total += sum(slot["counts"][column] for block in part["blocks"] if block["slot_ns"] == longest
                         for slot in block["slots"])
    return total


if __name__ == "__main__":
    main({"life": life, "people": people, "bare": bare, "kill": kill})
