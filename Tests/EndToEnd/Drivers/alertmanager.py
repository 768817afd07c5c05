"""alertmanager.py SCENARIO: a real `prometheus-alertmanager` that a real `waymark serve` tells what hurts.

firing: runs of an OpenTelemetry SDK fail and are good again; Alertmanager shows the alert, tells its receiver, and
    shows and tells its resolution; the Watchdog stands all the while; a test alert arrives.
killed: after `kill -9` the Watchdog ends at Alertmanager within the time that waymark promises, and people are told.
"""
import calendar
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

from serve import Serve
from terminal import equal, expect, main, run

PROGRAM = "/usr/bin/prometheus-alertmanager"
# What a machine of two cores under load may need for anything.
PATIENCE = 90
# Without news an alert ends after four minutes, and news come every minute.
PROMISE, NEWS = 240, 60
JOURNEY = """journey: checkout
title: Check out a basket
owner: team-payments
runbook: https://runbooks.example/checkout
entry: service=web name="POST /checkout"
slo:
  window: 28d
  fast: {target: 99%, under: 5s}
  success: {target: 99%}
alerts:
  - {page: 14.4, long: 60s, short: 10s}
traffic: never
"""


def wait(what, condition, seconds=PATIENCE):
    """Waits until a condition has a value, and gives it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < end, f"waited {seconds} s for {what}")
        time.sleep(0.2)


def unix(text):
    """Seconds of a time such as 2026-11-23T12:41:32.123Z."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    expect(found, f"{text!r} is no time")
    seconds = calendar.timegm(time.strptime(found[1], "%Y-%m-%dT%H:%M:%S")) + float(found[2] or 0)
    if found[3] != "Z":
        minutes = int(found[3][1:3]) * 60 + int(found[3][4:])
        seconds -= minutes * 60 if found[3][0] == "+" else -minutes * 60
    return seconds


class Receiver:
    """Whom Alertmanager tells: a webhook that keeps every message."""

    def __init__(self):
        told = self.told = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, name, status):
        """The alerts of a name that were told with a status."""
        return [alert for message in list(self.told) for alert in message["alerts"]
                if alert["status"] == status and alert["labels"]["alertname"] == name]

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class Alertmanager:
    """A running `prometheus-alertmanager` with a receiver."""

    def __init__(self, folder):
        self.receiver = Receiver()
        self.process = None
        path = os.path.join(folder, "alertmanager.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                "route: {receiver: hook, group_by: [alertname, journey], group_wait: 0s, group_interval: 1s, "
                "repeat_interval: 1h}\n"
                f"receivers: [{{name: hook, webhook_configs: [{{url: '{self.receiver.address}', "
                "send_resolved: true}]}]\n")
        self.log = open(os.path.join(folder, "alertmanager.log"), "wb+")
        # Another program may take a free port before this one does.
        for _ in range(5):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            self.address = f"http://127.0.0.1:{port}"
            self.process = subprocess.Popen(
                [PROGRAM, f"--config.file={path}", f"--storage.path={folder}/alertmanager",
                 f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error"],
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
            if wait("Alertmanager to be ready", self.is_ready):
                if self.process.poll() is None:
                    return
        self.end()
        expect(False, "Alertmanager does not start: " + self.words())

    def is_ready(self):
        if self.process.poll() is not None:
            return True
        try:
            with urllib.request.urlopen(self.address + "/-/ready", timeout=60) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def words(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def alerts(self, name=None):
        """The alerts that it shows; those that are over are not among them."""
        with urllib.request.urlopen(self.address + "/api/v2/alerts", timeout=120) as answer:
            shown = json.load(answer)
        return [alert for alert in shown if name is None or alert["labels"]["alertname"] == name]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        self.receiver.end()
        self.log.close()


def start(folder, alertmanager):
    """A waymark that tells this Alertmanager."""
    for name, text in [
        ("journeys/checkout.yaml", JOURNEY),
        ("config/waymark/config.yaml", f"alerting:\n  - name: am\n    alertmanager: {alertmanager.address}\n"),
    ]:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return Serve(folder)


class Shop:
    """A service that is watched by an OpenTelemetry SDK."""

    def __init__(self, port):
        self.provider = TracerProvider(resource=Resource.create({
            "service.name": "web", "service.version": "1.0.0", "deployment.environment.name": "prod"}))
        self.provider.add_span_processor(BatchSpanProcessor(
            OTLPSpanExporter(f"http://127.0.0.1:{port}/v1/traces", timeout=60), max_queue_size=8192))
        self.tracer = self.provider.get_tracer("shop")

    def serve(self, runs, failed):
        """So many runs, of which so many fail; they have been accepted when this returns."""
        for number in range(runs):
            with self.tracer.start_as_current_span("POST /checkout", kind=SpanKind.SERVER) as span:
                if number < failed:
                    span.set_status(StatusCode.ERROR, "card service down")
        expect(self.provider.force_flush(60_000), "spans were not taken")

    def until(self, what, runs, failed, condition, seconds=PATIENCE):
        """Serves until a condition has a value, and gives it."""
        def step():
            self.serve(runs, failed)
            return condition()
        return wait(what, step, seconds)


def firing(folder):
    alertmanager = Alertmanager(folder)
    serve = shop = None
    try:
        serve = start(folder, alertmanager)
        begin = time.time()
        watchdog = wait("the Watchdog", lambda: alertmanager.alerts("Watchdog"))[0]
        equal(watchdog["labels"]["severity"], "none", "severity of the Watchdog")
        expect(unix(watchdog["startsAt"]) <= time.time(), f"the Watchdog fires in the future: {watchdog}")
        equal(alertmanager.alerts("JourneyBudgetBurn"), [], "alerts before the first run")

        shop = Shop(serve.port)
        # Good runs alone bother nobody.
        for _ in range(5):
            shop.serve(40, 0)
            time.sleep(0.5)
        time.sleep(2)
        equal(alertmanager.alerts("JourneyBudgetBurn"), [], "alerts while every run is good")

        failing = time.time()
        shown = shop.until(
            "both promises to burn", 40, 30,
            lambda: found if len(found := alertmanager.alerts("JourneyBudgetBurn")) >= 2 else None)
        seen = time.time()
        equal(sorted((alert["labels"] for alert in shown), key=lambda labels: labels["objective"]), [
            {"alertname": "JourneyBudgetBurn", "journey": "checkout", "environment": "prod", "severity": "page",
             "owner": "team-payments", "objective": objective} for objective in ("fast", "success")], "labels")
        for alert in shown:
            equal(alert["status"]["state"], "active", "state at Alertmanager")
            expect(failing - 1 <= unix(alert["startsAt"]) <= seen + 1,
                   f"it started at {alert['startsAt']}, runs failed from {failing} and it was seen at {seen}")
            left = unix(alert["endsAt"]) - unix(alert["updatedAt"])
            expect(NEWS * 2 <= left <= PROMISE + 2, f"without news it ends {left:.0f} s later")
            expect("14.4" in alert["annotations"]["description"], f"no rule in {alert['annotations']}")
            expect(alert["labels"]["objective"] in alert["annotations"]["summary"],
                   f"no promise in the words of {alert['annotations']}")
            equal(alert["annotations"]["runbook_url"], "https://runbooks.example/checkout", "runbook")
        wait("Alertmanager to tell it", lambda: len(alertmanager.receiver.of("JourneyBudgetBurn", "firing")) >= 2)
        equal(alertmanager.receiver.of("JourneyBudgetBurn", "resolved"), [], "resolutions while it burns")
        expect(alertmanager.alerts("Watchdog"), "no Watchdog while a journey burns")

        answer = run("alerts", "test", folder=folder)
        equal(answer.returncode, 0, "exit code of alerts test: " + answer.stderr.decode())
        expect(b"am" in answer.stdout, f"alerts test says {answer.stdout!r}")
        expect(alertmanager.alerts("WaymarkTest"), "the test alert did not arrive")

        shop.until("the alert to be over", 60, 0, lambda: not alertmanager.alerts("JourneyBudgetBurn"))
        wait("Alertmanager to tell that it is over",
             lambda: len({alert["labels"]["objective"]
                          for alert in alertmanager.receiver.of("JourneyBudgetBurn", "resolved")}) == 2)
        for alert in alertmanager.receiver.of("JourneyBudgetBurn", "resolved"):
            expect(failing - 1 <= unix(alert["startsAt"]) < unix(alert["endsAt"]) <= time.time() + 1,
                   f"it was over before it began, or will be: {alert}")
        # Without news too the Watchdog is told again each minute, so that its end moves on.
        time.sleep(5)
        quiet = unix(alertmanager.alerts("Watchdog")[0]["endsAt"])
        moved = wait(
            "the Watchdog to be told again",
            lambda: [alert for alert in alertmanager.alerts("Watchdog") if unix(alert["endsAt"]) > quiet + 1],
            NEWS + PATIENCE)[0]
        expect(unix(moved["endsAt"]) > quiet + NEWS / 2, f"its end moved from {quiet:.0f} to {moved['endsAt']} only")
        equal(moved["startsAt"], watchdog["startsAt"], "the beginning of the Watchdog")
        expect(unix(moved["startsAt"]) <= begin + 1, f"the Watchdog began at {moved['startsAt']}")
        equal(alertmanager.receiver.of("Watchdog", "resolved"), [], "ends of the Watchdog while waymark lives")
        equal(serve.end(), 0, "exit code after SIGTERM")
    finally:
        close(serve, shop, alertmanager)


def killed(folder):
    alertmanager = Alertmanager(folder)
    serve = None
    try:
        serve = start(folder, alertmanager)
        wait("the Watchdog", lambda: alertmanager.alerts("Watchdog"))
        wait("Alertmanager to tell it", lambda: alertmanager.receiver.of("Watchdog", "firing"))
        equal(serve.end(signal.SIGKILL), -signal.SIGKILL, "exit code after SIGKILL")
        death = time.time()
        # What was on its way arrives.
        time.sleep(2)
        end = unix(alertmanager.alerts("Watchdog")[0]["endsAt"])
        expect(death < end <= death + PROMISE,
               f"killed at {death:.0f}, its Watchdog ends at {end:.0f}, promised within {PROMISE} s")
        while time.time() < end - 2:
            shown = alertmanager.alerts("Watchdog")
            # Asking takes time of its own.
            if time.time() >= end - 1:
                break
            expect(shown, f"the Watchdog is gone {end - time.time():.0f} s too early")
            equal(unix(shown[0]["endsAt"]), end, "the end of a dead waymark's Watchdog")
            time.sleep(2)
        wait("the Watchdog to end", lambda: not alertmanager.alerts(), max(1, end - time.time()) + PATIENCE)
        wait("somebody to be told", lambda: alertmanager.receiver.of("Watchdog", "resolved"))
    finally:
        close(serve, None, alertmanager)


def close(serve, shop, alertmanager):
    """Ends what a scenario started."""
    if shop:
        shop.provider.shutdown()
    if serve and serve.process.poll() is None:
        serve.process.kill()
        serve.process.wait(20)
    alertmanager.end()


if __name__ == "__main__":
    main({"firing": firing, "killed": killed})
