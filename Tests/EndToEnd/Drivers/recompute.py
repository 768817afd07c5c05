"""recompute.py: what the Journeys screen shows is recomputed from `waymark history export`, cell by cell.

An hour of traffic is given to a `waymark serve`, which ends; its history is exported; a dashboard is started on it and
paused. Then every row, with the promises below it, is computed anew from the export and the rules that the journey
files state, and compared as text. Nothing here is taken from waymark: shares are exact fractions, windows are the
ones that the documents define, and texts are rounded as SCREENS section 13 says.

    recompute.py screen
"""
import json
import math
import os
import random
import re
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from serve import Serve
from terminal import Terminal, equal, expect, main, run, waymark

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
JOURNEYS = """journey: checkout
owner: team
entry: service=shop name="POST /checkout"
traffic: never
slo:
  fast: {target: 99.5%, under: 1.2s}
  success: {target: 99.5%}
---
journey: signup
owner: team
entry: service=shop name="POST /signup"
traffic: never
slo:
  success: {target: 99%}
---
journey: quota
owner: team
entry: service=shop name="GET /quota"
traffic: never
slo:
  window: 30m
  success: {target: 99%}
alerts:
  - {page: 50, long: 1h, short: 5m}
---
journey: refund
owner: team
entry: service=shop name="POST /refund"
traffic: never
slo:
  success: {target: 99.9%}
---
journey: export
owner: team
entry: service=shop name="POST /export"
slo:
  success: {target: 95%}
---
journey: login
owner: team
entry: service=shop name="POST /login"
traffic: never
slo:
  fast: {target: 99%, under: 150ms}
  steady: {target: 95%, slices: 1m, slice-target: 99.9%}
---
journey: gift.card
owner: team
entry: service=shop name="POST /gift"
traffic: never
slo:
  success: {target: 99%}
---
journey: browse
owner: team
entry: service=shop name="GET /browse"
traffic: never
slo:
  fast: {target: 90%, under: 2s}
---
journey: pw.reset
owner: team
entry: service=shop name="POST /reset"
traffic: never
slo:
  window: {calendar: month, timezone: Europe/Berlin}
  success: {target: 99.9%}
---
journey: archive
owner: team
entry: service=shop name="POST /archive"
traffic: never
slo:
  success: {target: 90%}
---
journey: quote
owner: team
entry: service=shop name="GET /quote"
traffic: never
slo:
  success: {target: 98%}
"""


class Shop:
    """An hour and more of runs, the same in every test but for the moment at which they end."""

    def __init__(self, now):
        self.now = now
        self.chance = random.Random(20)
        self.spans = {}
        self.count = 0

    def run(self, name, ago, milliseconds, failed=False, environment="prod", version="1.0.0", sampling=None):
        """A run that ended so many seconds ago; with a sampling threshold it stands for others too."""
        self.count += 1
        # No run lies on the edge of a slot.
        end = self.now - int(ago * 1_000) * 1_000_000 - self.chance.randrange(1, 1_000_000)
        self.spans.setdefault((environment, version), []).append({
            "traceId": f"{self.count:018x}{'f' * 14}", "spanId": f"{self.count:016x}", "name": name, "kind": 2,
            "startTimeUnixNano": str(end - int(milliseconds * 1_000_000)), "endTimeUnixNano": str(end),
            "status": {"code": 2} if failed else {}, "traceState": f"ot=th:{sampling}" if sampling else ""})

    def ago(self, first, last, every):
        """Moments from so many seconds ago to so many, one in every so many seconds."""
        number, step = 0, first - last
        while number * every < step:
            yield number, first - number * every - self.chance.uniform(0, every)
            number += 1

    def open(self):
        log = self.chance.lognormvariate
        for number, ago in self.ago(3_960, 0, 0.9):
            bad = ago < 1_300
            slower = 4 if bad and number % 2 else 1
            self.run("POST /checkout", ago, 250 * log(0, 0.5) * slower, bad and number % 3 == 0,
                     version="2.14.0" if ago < 1_400 and number % 2 else "2.13.4")
        for number, ago in self.ago(3_960, 0, 1.1):
            self.run("POST /signup", ago, 90 * log(0, 0.4), number % 25 == 0)
        for number, ago in self.ago(3_960, 0, 1.7):
            self.run("GET /quota", ago, 12 * log(0, 0.3), number % 40 == 0)
        for number, ago in self.ago(3_500, 100, 490):
            self.run("POST /refund", ago, 1_800 * log(0, 0.2), number == 3)
        for number, ago in self.ago(3_960, 1_500, 18):
            self.run("POST /export", ago, 5_000 * log(0, 0.2), number == 9)
        for environment in ["prod", "staging"]:
            for number, ago in self.ago(3_960, 0, 1.3):
                self.run("POST /login", ago, 40 * log(0, 0.4), number in (700, 1_900), environment)
        for number, ago in self.ago(3_960, 0, 2.3):
            self.run("POST /gift", ago, 77 * log(0, 0.5), number % 30 == 0)
        for number, ago in self.ago(3_960, 0, 0.8):
            self.run("GET /browse", ago, 20 * log(0, 0.3) * (5 if ago < 900 else 1))
        for number, ago in self.ago(3_960, 0, 3.1):
            self.run("POST /reset", ago, 88 * log(0, 0.4), number == 40, version="3.9.0")
        for number, ago in self.ago(3_960, 700, 4):
            self.run("POST /archive", ago, 33_000 * log(0, 0.4), number % 90 == 0)

        # Three of four of these are sampled away by who sends them.
        for number, ago in self.ago(3_960, 0, 2.1):
            self.run("GET /quote", ago, 61 * log(0, 0.4), number % 120 == 0, sampling="c")

    def send(self, serve):
        """Sends everything, in no order."""
        for (environment, version), spans in self.spans.items():
            self.chance.shuffle(spans)
            for first in range(0, len(spans), 2_000):
                body = json.dumps({"resourceSpans": [{
                    "resource": {"attributes": [{"key": key, "value": {"stringValue": value}} for key, value in [
                        ("service.name", "shop"), ("service.version", version),
                        ("deployment.environment.name", environment)]]},
                    "scopeSpans": [{"spans": spans[first:first + 2_000]}]}]}).encode()
                request = urllib.request.Request(
                    f"http://127.0.0.1:{serve.port}/v1/traces", data=body,
                    headers={"Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=120) as answer:
                    equal(answer.status, 200, "answer to spans")


# How texts are rounded (SCREENS section 13). Numbers are exact fractions, halves go up.

def half_up(value, decimals):
    scaled = int(value * 10 ** decimals + Fraction(1, 2))
    if decimals == 0:
        return str(scaled)
    return f"{scaled // 10 ** decimals}.{scaled % 10 ** decimals:0{decimals}d}"


def three(value):
    """Three digits."""
    for decimals, limit in [(2, 10), (1, 100)]:
        if Fraction(half_up(value, decimals)) < limit:
            return half_up(value, decimals)
    return half_up(value, 0)


def magnitude(value, whole_below=0):
    if value < whole_below and int(half_up(value, 0)) < 1_000:
        return half_up(value, 0)
    unit = 0
    while int(half_up(value, 0)) >= 1_000:
        value, unit = value / 1_000, unit + 1
    return three(value) + ["", "k", "M", "G"][unit]


def rate_text(value):
    def trimmed(number):
        nearest = int(number + Fraction(1, 2))
        return str(nearest) if abs(number - nearest) < Fraction(5, 1_000) else three(number)
    if value == 0:
        return "0/m"
    if value >= Fraction(1, 10):
        return magnitude(value) + "/s"
    if value * 3_600 >= 10:
        return trimmed(value * 60) + "/m"
    return "<0.1/h" if value * 3_600 < Fraction(1, 10) else trimmed(value * 3_600) + "/h"


def share_text(part, total):
    """A share as percent, and as counts where there are few."""
    if total == 0:
        return "—"
    if total < 30:
        return f"{part}/{total}"
    percent = Fraction(part, total) * 100
    if percent == 0:
        return "0.00%"
    if percent < Fraction(1, 100):
        return "<0.01%"
    if Fraction(half_up(percent, 2)) < 10:
        return half_up(percent, 2) + "%"
    if Fraction(half_up(percent, 1)) < 99:
        return half_up(percent, 1) + "%"
    return "100%" if percent == 100 else half_up(min(percent, Fraction(9_999, 100)), 2) + "%"


def floor_text(value, digits):
    """A share as percent, rounded down: what is broken never looks kept."""
    scaled = int(value * 100 * 10 ** digits)
    return f"{scaled // 10 ** digits}.{scaled % 10 ** digits:0{digits}d}"


def left_text(left):
    if left is None:
        return "—"
    if left >= 1:
        return "100%"
    if left >= 0:
        return floor_text(left, 1) + "%"
    return f"−{-int(left * 100 // 1)}%" if left > Fraction(-9_995, 1_000) else "<−9k%"


def cost_text(cost):
    if cost < Fraction(1, 1_000):
        return "−<0.1%"
    if cost < Fraction(1, 100):
        return "−" + floor_text(cost, 1) + "%"
    return "−" + half_up(cost * 100, 0) + "%"


def burn_text(burn):
    if burn is None:
        return "—"
    return (half_up(burn, 1) if Fraction(half_up(burn, 1)) < 100 else magnitude(burn, 1_000)) + "×"


def duration_text(nanoseconds):
    if nanoseconds is None:
        return "—"
    for unit, name in [(1, "ns"), (1_000, "µs"), (1_000_000, "ms")]:
        text = str(nanoseconds) if unit == 1 else three(Fraction(nanoseconds, unit))
        if Fraction(text) < 1_000:
            return text + name
    if nanoseconds < 99_950_000_000:
        return three(Fraction(nanoseconds, SECOND)) + "s"
    return elapsed_text(int(half_up(Fraction(nanoseconds, SECOND), 0)) * SECOND)


def elapsed_text(nanoseconds):
    seconds = nanoseconds // SECOND
    for limit, big, small, names in [
            (3_600, 60, 1, "ms"), (86_400, 3_600, 60, "hm"), (100 * 86_400, 86_400, 3_600, "dh")]:
        if seconds < 60:
            return f"{seconds}s"
        if seconds < limit:
            return f"{seconds // big}{names[0]}{seconds % big // small:02d}{names[1]}"
    return f"{seconds // 86_400}d" if seconds < 10_000 * 86_400 else f"{seconds // 86_400 // 365}y"


def age_text(nanoseconds):
    seconds = max(0, nanoseconds) // SECOND
    for limit, unit, name in [(60, 1, "s"), (3_600, 60, "m"), (86_400, 3_600, "h")]:
        if seconds < limit:
            return f"{seconds // unit}{name}"
    return f"{seconds // 86_400}d"


def near(text, value):
    """The texts of a number: two where it lies on the edge between them, as far as binary fractions can tell."""
    if value is None:
        return {text(None)}
    return {text(value * (1 + Fraction(side, 10 ** 11))) for side in (-1, 0, 1)}


# The rules, as the journey files state them.

class Promise:
    def __init__(self, name, target, slices=None, slice_target=None):
        self.name, self.slices = name, slices
        self.rest = 1 - Fraction(target) / 100
        self.slice_target = Fraction(slice_target) / 100 if slice_target else None
        self.target = target + ("" if "." in target else ".00") + ("0" if re.search(r"\.\d$", target) else "")


USUAL = [("page", "14.4", HOUR, 5 * MINUTE), ("page", "6", 6 * HOUR, 30 * MINUTE), ("warn", "3", DAY, 2 * HOUR),
         ("warn", "1", 3 * DAY, 6 * HOUR)]


class Rules:
    def __init__(self, *promises, under=None, window=28 * DAY, alerts=None, traffic="never"):
        self.promises, self.under, self.window, self.traffic = promises, under, window, traffic
        self.alerts = USUAL if alerts is None else alerts


RULES = {
    "checkout": Rules(Promise("fast", "99.5"), Promise("success", "99.5"), under=1_200_000_000),
    "signup": Rules(Promise("success", "99")),
    "quota": Rules(Promise("success", "99"), window=30 * MINUTE, alerts=[("page", "50", HOUR, 5 * MINUTE)]),
    "refund": Rules(Promise("success", "99.9")),
    "export": Rules(Promise("success", "95"), traffic="usual"),
    "login": Rules(Promise("fast", "99"), Promise("steady", "95", MINUTE, "99.9"), under=150_000_000),
    "gift.card": Rules(Promise("success", "99")),
    "browse": Rules(Promise("fast", "90"), under=2_000_000_000),
    "pw.reset": Rules(Promise("success", "99.9"), window="month in Berlin"),
    "archive": Rules(Promise("success", "90")),
    "quote": Rules(Promise("success", "98")),
}
ORDER = ["PAGE", "OUT", "WARN", "SHIFT", "NODATA", "FEW", "STALE", "OK", "MUTED"]
GLYPHS = dict(zip(ORDER, "✗■▲≈∅?◌✓-"))


class Tally:
    """What a window holds for a promise: runs, and what is compared with the target."""

    def __init__(self, runs, total, bad):
        self.runs, self.total, self.bad = runs, total, bad

    def burn(self, rest):
        return Fraction(self.bad, self.total) / rest if self.total else None


class Exported:
    """A journey in an environment as the export has it."""

    def __init__(self, document, series):
        self.name, self.environment = series["journey"], series["environment"]
        self.rules = RULES[self.name]
        self.first_seen = document["first_seen_ns"]
        self.first = series["first_run_ns"]
        self.latency, self.versions, self.edges, sums = {}, [], {}, {}
        for part in series["parts"]:
            if part["kind"] == "counts":
                self.columns = part["columns"]
                for block in part["blocks"]:
                    for slot in block["slots"]:
                        level = sums.setdefault(block["slot_ns"], {})
                        expect(slot["at_ns"] not in level, f"{self.name}: two slots at {slot['at_ns']}")
                        level[slot["at_ns"]] = slot["counts"]
            if part["kind"] == "latency":
                self.edges = {part["first_bucket"] + number: edge for number, edge in enumerate(part["edges_ns"])}
                self.latency = self.fine(part)
            if part["kind"] == "version":
                self.versions.append((part["first_seen_ns"], part["service"], part["service_version"], self.fine(part)))
        # Each length of slots holds every run.
        self.slots = sums[SECOND]
        everything = {length: [sum(column) for column in zip(*level.values())] for length, level in sums.items()}
        expect(len(everything) == 4 and all(sums == everything[SECOND] for sums in everything.values()),
               f"{self.name}: lengths of slots hold different sums: {everything}")
        self.timeline = [event for event in document["timeline"] if event.get("journey") == self.name
                         and event.get("environment") in (None, self.environment)]

    @staticmethod
    def fine(part):
        return {slot["at_ns"]: slot["entries"] for block in part["blocks"] if block["slot_ns"] == 10 * SECOND
                for slot in block["slots"]}

    # Windows that hold what began in [first, end).

    def sum(self, column, first, end):
        number = self.columns.index(column)
        return sum(counts[number] for at, counts in self.slots.items() if first <= at < end)

    def column(self, promise, part):
        return next(name for name in self.columns if re.fullmatch(re.escape(promise.name) + r"\[.*\]\." + part, name))

    def bad_column(self, part=""):
        return next(name for name in self.columns if re.fullmatch(r"bad\[.*\]" + part, name))

    def quantile(self, number, first, end):
        """By nearest rank; the middle of its bucket on a scale of ratios."""
        counts = {}
        for at, entries in self.latency.items():
            for bucket, count, _ in entries if first <= at < end else []:
                counts[bucket] = counts.get(bucket, 0) + count
        total = sum(counts.values())
        if total == 0:
            return None, 0
        rank, seen = -(-total * number // 100), 0
        for bucket in sorted(counts):
            seen += counts[bucket]
            if seen >= rank:
                return int((self.edges[bucket] * (self.edges[bucket + 1] - 1)) ** 0.5 + 0.5), total
        return None, total

    # Judging, at a second.

    def period(self, second):
        """Where the promises' window begins and ends at a second, and its full length."""
        if isinstance(self.rules.window, int):
            return None
        zone = ZoneInfo("Europe/Berlin")
        local = datetime.fromtimestamp(second // SECOND, zone)
        first = datetime(local.year, local.month, 1, tzinfo=zone)
        after = datetime(local.year + local.month // 12, local.month % 12 + 1, 1, tzinfo=zone)
        return int(first.timestamp()) * SECOND, int(after.timestamp()) * SECOND

    def window(self, promise, length, second):
        if promise.slices:
            end = second // promise.slices * promise.slices
            return end - max(length, promise.slices) // promise.slices * promise.slices, end
        step = SECOND if length <= HOUR else 10 * SECOND if length <= 6 * HOUR else MINUTE if length <= 28 * DAY \
            else 15 * MINUTE
        return -(-(second - length) // step) * step, second

    def tally(self, promise, first, end):
        total, good = self.column(promise, "total"), self.column(promise, "good")
        runs, fine = self.sum(total, first, end), self.sum(good, first, end)
        if not promise.slices:
            return Tally(runs, runs, runs - fine)
        since = self.first // SECOND * SECOND // promise.slices * promise.slices
        begins = range(max(first, since), end, promise.slices)
        bad = 0
        for begin in begins:
            all_runs = self.sum(total, begin, begin + promise.slices)
            if all_runs and Fraction(self.sum(good, begin, begin + promise.slices), all_runs) < promise.slice_target:
                bad += 1
        return Tally(runs, len(begins), bad)

    def fires(self, promise, alert, second):
        """Both windows reach the factor and hold enough; once it fires, it goes on while its short window is empty."""
        severity, factor, long, short = alert
        long, short = (self.tally(promise, *self.window(promise, length, second)) for length in (long, short))
        rule = [event["kind"] for event in self.timeline if event["kind"] in ("fired", "resolved")
                and event.get("objective") == promise.name
                and event.get("subject", "").startswith(f"{severity} {factor}×")]
        before = bool(rule) and rule[-1] == "fired"
        if not long.total or long.burn(promise.rest) < Fraction(factor):
            return False
        if not short.total:
            return before
        return short.burn(promise.rest) >= Fraction(factor) and (before or min(long.runs, short.runs) >= 30)

    def assess(self, promise, second):
        """The cells of a promise."""
        period = self.period(second)
        if period:
            first, end, full = period[0], second, period[1] - period[0]
        else:
            first, end = self.window(promise, self.rules.window, second)
            full = self.rules.window
        if promise.slices:
            end = end // promise.slices * promise.slices
        since = self.first // SECOND * SECOND
        if promise.slices:
            since = since // promise.slices * promise.slices
        covered = max(SECOND, end - max(first, since))
        tally = self.tally(promise, first, end)
        result = {"promise": promise, "tally": tally, "left": None, "cost": None, "few": True, "out": False}
        burns = {length: self.tally(promise, *self.window(promise, length, second))
                 for length in (5 * MINUTE, HOUR, 6 * HOUR, 3 * DAY)}
        result["burns"] = {length: part.burn(promise.rest) for length, part in burns.items()}
        result["few"] = burns[HOUR].runs < 30
        alerts = [alert for alert in self.rules.alerts if Fraction(alert[1]) * promise.rest <= 1]
        result["firing"] = [alert[0] for alert in alerts if self.fires(promise, alert, second)]
        text = {"runs": {magnitude(Fraction(tally.total), 1_000)}}
        result["cells"] = text
        fast, slow = result["burns"][5 * MINUTE], result["burns"][HOUR]
        burn = max((value for value in (fast, slow) if value is not None), default=None)
        arrow = "→"
        if fast is not None and slow is not None:
            arrow = "↑" if fast > slow * Fraction(5, 4) and fast - slow >= Fraction(1, 4) else arrow
            arrow = "↓" if slow > fast * Fraction(5, 4) and slow - fast >= Fraction(1, 4) else arrow
        text["burn"] = {"—"} if burn is None else {part + arrow for part in near(burn_text, burn)}
        text["empty"] = {"—"}
        if tally.total == 0:
            text["slo"], text["budget"], text["bar"] = {f"—/{promise.target}"}, {"—"}, {""}
            return result
        allowed = tally.total * promise.rest * full / covered
        left = 1 - tally.bad / allowed
        result["left"], result["cost"], result["allowed"] = left, 1 / allowed, allowed
        result["out"] = tally.bad > 0 and left <= 0 and tally.runs >= 30
        good = Fraction(tally.total - tally.bad, tally.total)
        digits = min(max(2, len(promise.target.split(".")[1])), 4)
        text["slo"] = {f"{'100' if good == 1 else value}/{promise.target}"
                       for value in near(lambda share: floor_text(min(share, Fraction(1)), digits), good)}
        # What was sampled away makes it a range.
        if self.sum("sampled", first, end):
            low, high = interval(tally.runs - tally.bad, tally.runs)
            text["slo"] = {f"{one}–{other}" for one in near(lambda share: floor_text(share, 2), low)
                           for other in near(lambda share: floor_text(min(share, Fraction(1)), 2), high)}
        text["budget"] = near(left_text, left)
        text["bar"] = near(bar_text, max(left, Fraction(0)))
        filling = covered < (end - first) - (end - first) // 100
        if left <= 0:
            text["empty"] = {"empty"}
        elif burn is not None and burn > 1:
            result["empty_in"] = left * full / burn

            def empty(time):
                words = elapsed_text(int(time))
                if not filling:
                    return words
                return "~" + words if len(words) < 6 else "~" + age_text(int(time))
            text["empty"] = near(empty, result["empty_in"])
        return result

    def silence(self, second):
        """For how long nothing came, where at least ten runs were expected."""
        if self.rules.traffic == "never":
            return None
        last = [at for at, counts in self.slots.items() if counts[self.columns.index("runs")] and at < second]
        since = max(last) + SECOND
        length = second - since
        first = max(since - HOUR, self.first // SECOND * SECOND)
        if length < MINUTE or (since - first) * 2 < HOUR:
            return None
        expected = Fraction(self.sum("runs", first, since) * min(length, since - first), since - first)
        return length if expected >= 10 else None

    def judge(self, second):
        """State, worst promise, and the cells that depend on the second that is judged."""
        promises = [self.assess(promise, second) for promise in self.rules.promises]
        firing = [severity for promise in promises for severity in promise["firing"]]
        silent = self.silence(second)
        ranks = {"page": 0, "warn": 1}
        worst = min(promises, key=lambda one: (
            min((ranks[severity] for severity in one["firing"]), default=3),
            one["left"] if one["left"] is not None else float("inf")))
        onsets = [event for event in self.timeline if event["kind"] == "onset" and second - event["time"] < HOUR]
        mutes = [event for event in self.timeline if event["kind"] in ("muted", "unmuted")]
        seen = [event for event in self.timeline if event["kind"] == "acknowledged"]
        if mutes and mutes[-1]["kind"] == "muted" and mutes[-1]["until"] > second:
            state = "MUTED"
        elif "page" in firing:
            state = "PAGE"
        elif any(promise["out"] for promise in promises):
            state = "OUT"
        elif firing:
            state = "WARN"
        elif onsets:
            state = "SHIFT"
        elif silent:
            state = "NODATA"
        else:
            state = "FEW" if all(promise["few"] for promise in promises) else "OK"
        cells = {key: value for key, value in worst["cells"].items() if key != "runs"}
        if state == "FEW":
            cells["burn"], cells["empty"] = near(lambda cost: "next bad " + cost_text(cost), worst["cost"]), {""}
        if state == "NODATA":
            cells["burn"], cells["empty"] = {"silent " + age_text(silent)}, {""}
        runs = [promise["tally"].total for promise in promises if not promise["promise"].slices]
        cells["runs"] = {magnitude(Fraction(max(runs)), 1_000)}
        cells["state"] = {f"{GLYPHS[state]} {state}"}
        isTrouble = state != "MUTED" and (firing or silent)
        return {"state": state, "cells": cells, "promises": promises, "worst": worst, "silent": bool(silent),
                "seen": seen[-1]["time"] if seen else None, "bothers": bool(isTrouble)}

    # What the last minutes show, up to a moment.

    def recent(self, now, silent):
        """The cells of the runs of the last five minutes, or of the hour when there were none."""
        def window(length):
            return now + 1 - length, now + 1
        first, end = window(5 * MINUTE)
        whole = (now - HOUR, now + 1)
        runs = self.sum("runs", first, end)
        if runs == 0 and not silent and self.sum("runs", *whole):
            first, end = whole
            runs = self.sum("runs", first, end)
        failed, bad = self.sum("failed", first, end), self.sum(self.bad_column(), first, end)
        seconds = Fraction(min(end - first, now - max(self.first_seen, first)), SECOND)
        estimate = Fraction(self.sum("runs.weight", first, end), 1 << 24)
        cells = {"rate": {"0/m"} if silent and not runs else near(rate_text, estimate / seconds)
                 | near(rate_text, estimate / (seconds + Fraction(1, SECOND))),
                 "errors": {share_text(failed, runs)}}
        if self.sum("sampled", first, end):
            cells["rate"] = {"~" + text for text in cells["rate"]}
        for name, number, floor in [("p50", 50, 5), ("p95", 95, 20), ("p99", 99, 100)]:
            value, count = self.quantile(number, first, end)
            # The middle of a bucket is a whole nanosecond, but for its last digit.
            cells[name] = {"—"} if count < floor else {duration_text(value + side) for side in (-1, 0, 1)}
        cells["slow"] = {share_text(bad - min(failed, bad), runs)} if self.rules.under else {""}
        first, end = whole if silent else (first, end)
        newest = max(self.versions)
        live = sum(1 for _, service, _, slots in self.versions if service == newest[1]
                   and any(first <= at < end for at in slots))
        cells["newest"] = {newest[2] + ("*" if live > 1 else "")}
        cells["age"] = {age_text(now - newest[0])}
        return cells

    def trend(self, now, columns):
        """The p95 of each part of the last hour: a step is √2, and ▅ is the promise."""
        first, length = now - HOUR, HOUR + 1
        values = []
        for number in range(columns):
            begin, end = (first + -(-length * edge // columns) for edge in (number, number + 1))
            values.append(self.quantile(95, begin, end)[0])
        seen = sorted(value for value in values if value is not None)
        limit = self.rules.under or (seen[len(seen) // 2] * 4 if seen else 0)
        # Twice the square of the ratio is compared, so that no root is needed.
        return "".join("╌" if value is None else "▁▂▃▄▅▆▇█"[
            sum(value ** 2 * 2 ** 4 > limit ** 2 * 2 ** step for step in range(7))] for value in values)


def interval(part, total):
    """Clopper and Pearson's: the shares at which so many would be one in forty on either side."""
    def log_choose(number):
        return math.lgamma(total + 1) - math.lgamma(number + 1) - math.lgamma(total - number + 1)
    ways = [log_choose(number) for number in range(total + 1)]

    def at_most(number, share):
        return math.fsum(math.exp(ways[one] + one * math.log(share) + (total - one) * math.log1p(-share))
                         for one in range(number + 1))

    def reached(is_above):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if is_above(middle) else (middle, high)
        return Fraction((low + high) / 2)
    # The one in forty are few terms where the bad ones are counted instead.
    bad = total - part
    lower = Fraction(0) if part == 0 else 1 - reached(lambda share: at_most(bad, share) < 0.025)
    upper = Fraction(1) if bad == 0 else 1 - reached(lambda share: at_most(bad - 1, share) < 0.975)
    return lower, upper


def bar_text(share):
    eighths = int(min(share, Fraction(1)) * 24)
    eighths = max(1, eighths) if share > 0 else 0
    filled = [eighths - 8 * cell for cell in range(3)]
    return "".join(" ▏▎▍▌▋▊▉█"[min(8, part)] if part > 0 else "·" for part in filled)


# The screen.

def table(rows):
    """The rows of the table with the rows of promises below each: their cells by column, and what is left over."""
    top = next(number for number, row in enumerate(rows) if " State " in row and " Journey " in row)
    width = rows[top].index("││") if "││" in rows[top] else len(rows[top]) - 1
    titles = rows[top][:width]
    expect(titles.strip("│ ").split() == (
        "State Journey Env Rate Err p50 p95 p99 p95 last 1h SLO/target Budget Burn Empty Newest Age Runs Slow Acked"
    ).split(), f"other columns than expected: {titles}")
    journeys = []
    for row in rows[top + 1:]:
        words = row[1:width].lstrip("▌").split()
        if not words or row.startswith("└"):
            break
        if words[0] == "└":
            # Its name and threshold come first; they are shortened, so the numbers are counted from the end.
            columns = ["errors", "slo", "bar", "budget", "burn", "empty", "runs"]
            journeys[-1]["promises"].append(dict(zip(columns, words[-7:])))
            continue
        if words[0] == "found" or words[1] not in ORDER:
            continue
        cells = dict(zip(["name", "environment", "rate", "errors", "p50", "p95", "p99", "trend", "slo"], words[2:]))
        cells["state"] = " ".join(words[:2])
        rest = words[11:]
        cells["bar"] = rest.pop(0) if re.fullmatch("[█▉▊▋▌▍▎▏·]{3}", rest[0]) else ""
        cells["budget"] = rest.pop(0)
        length = {"next": 3, "silent": 2}.get(rest[0])
        cells["burn"], rest = " ".join(rest[:length or 1]), rest[length or 1:]
        cells["empty"] = "" if length else rest.pop(0)
        cells["newest"], cells["age"], cells["runs"], rest = rest[0], rest[1], rest[2], rest[3:]
        cells["slow"] = rest.pop(0) if rest and re.search("[%/]", rest[0]) else ""
        cells["acked"] = rest.pop(0) if rest else ""
        expect(not rest, f"more cells than expected: {row}")
        journeys.append({"cells": cells, "promises": [], "row": row})
    return journeys


def differences(shown, wanted, where):
    return [f"{where} {key}: {shown.get(key)!r} is shown, the export says {' or '.join(sorted(value))!r}"
            for key, value in wanted.items() if shown.get(key) not in value]


def judged(exported, shown, second):
    """What on the screen differs from the verdicts of a second."""
    wrong, verdicts = [], {}
    for row in shown["rows"]:
        key = row["cells"]["name"], row["cells"]["environment"]
        verdict = verdicts[key] = exported[key].judge(second)
        where = " ".join(key)
        wrong += differences(row["cells"], verdict["cells"], where)
        if len(verdict["promises"]) > 1:
            if len(row["promises"]) != len(verdict["promises"]):
                wrong.append(f"{where}: {len(row['promises'])} promises")
            for cells, promise in zip(row["promises"], verdict["promises"]):
                wrong += differences(cells, promise["cells"], f"{where} {promise['promise'].name}")
    return wrong + around(shown, exported, verdicts, second), verdicts


def around(shown, journeys, verdicts, second):
    """What is wrong beside the table: the counts of states, the strip, the burn of the selected journey, the footer."""
    wrong, told, text, rows = [], 0, shown["text"], shown["rows"]
    states = [verdict["state"] for verdict in verdicts.values()]
    counts = " · ".join(f"{states.count(state)} {state.lower()}" for state in ORDER if state in states)
    if counts not in text:
        wrong.append(f"no {counts!r} at the foot of the table")
    hurting = {state: states.count(state) for state in ORDER[:5] if state in states}
    nouns = {"NODATA": "silent"}
    strip = "NOW " + " · ".join(
        f"{GLYPHS[state]} {count} {nouns.get(state, state.lower())}" for state, count in hurting.items())
    if strip not in text:
        wrong.append(f"no {strip!r} above the strip")
    for key, verdict in verdicts.items():
        found = re.search(
            rf"│ {re.escape(GLYPHS[verdict['state']])} {verdict['state']} +{re.escape(key[0])} +\"(\w+)\" \(.*?\) "
            r"burns ([\d.k]+×)/(\d+[mhd])  ([\d.k]+×)/(\d+[mhd])   budget (?:used up \()?([^ )]+)", text)
        if found:
            told += 1
            promise = next(one for one in verdict["promises"] if one["promise"].name == found[1])
            for burn, length in [(found[2], found[3]), (found[4], found[5])]:
                length = int(length[:-1]) * {"m": MINUTE, "h": HOUR, "d": DAY}[length[-1]]
                tally = journeys[key].tally(
                    promise["promise"], *journeys[key].window(promise["promise"], length, second))
                if burn not in (known := near(burn_text, tally.burn(promise["promise"].rest))):
                    wrong.append(f"{key} burns {burn} on the strip, the export says {known}")
            if found[6] not in promise["cells"]["budget"]:
                wrong.append(f"{key} has {found[6]} left on the strip, the export says {promise['cells']['budget']}")
    if told == 0:
        wrong.append("no burn on the strip")
    first = verdicts[rows[0]["cells"]["name"], rows[0]["cells"]["environment"]]
    for promise in first["promises"]:
        burns = re.search(rf"││ {promise['promise'].name} +(\S+) +(\S+) +(\S+) +(\S+) +││", text)
        for number, burn in enumerate(promise["burns"].values()):
            if not burns or burns[number + 1] not in near(burn_text, burn):
                wrong.append(f"{promise['promise'].name}: {burns and burns[0]!r}, the export says {burn_text(burn)}")
    few = re.search(r"│ (\S+): n=\S+, 28d budget allows (\S+) bad, (\d+) used: one more burns (\S+)%\.", text)
    worst = verdicts.get((few[1], "prod"), {}).get("worst") if few else None
    if not worst:
        wrong.append("no words on the journey of few runs")
    elif few[2] not in near(lambda value: magnitude(Fraction(int(value)), 1_000), worst["allowed"]) \
            or few[3] != str(worst["tally"].bad) or "−" + few[4] + "%" not in near(cost_text, worst["cost"]):
        numbers = [float(worst["allowed"]), worst["tally"].bad, float(worst["cost"])]
        wrong.append(f"{few[0]!r}, the export says {numbers}")
    return wrong


def recent(exported, shown, verdicts, now):
    """What on the screen differs from the runs up to a moment."""
    wrong = []
    for row in shown["rows"]:
        key = row["cells"]["name"], row["cells"]["environment"]
        journey, verdict, where = exported[key], verdicts[key], " ".join(key)
        wanted = journey.recent(now, verdict["state"] == "NODATA")
        wanted["trend"] = {journey.trend(now, len(row["cells"]["trend"]))}
        wanted["acked"] = {age_text(now - verdict["seen"]) if verdict["seen"] and verdict["bothers"]
                           else "no" if verdict["bothers"] else ""}
        wrong += differences(row["cells"], wanted, where)
        for cells, promise in zip(row["promises"], journey.rules.promises):
            total, good = (journey.sum(journey.column(promise, part), now + 1 - 5 * MINUTE, now + 1)
                           for part in ("total", "good"))
            wrong += differences(cells, {"errors": {share_text(total - good, total)}}, f"{where} {promise.name}")
    return wrong


def moments(exported, second, columns):
    """Moments within a second, between all that changes in it: ages, and edges of the sparkline's columns."""
    edges = {version[0] % SECOND for journey in exported.values() for version in journey.versions}
    edges |= {event["time"] % SECOND for journey in exported.values() for event in journey.timeline}
    edges |= {-(HOUR * number // columns) % SECOND for number in range(columns)}
    edges = sorted(edges | {1, SECOND - 1})
    return [second + (one + other) // 2 for one, other in zip(edges, edges[1:])]


def paused(text):
    """The second at which time was stopped."""
    now = datetime.now(timezone.utc)
    hours, minutes, seconds = (int(part) for part in re.search(r"PAUSED at (\d\d):(\d\d):(\d\d)", text).groups())
    moment = now.replace(hour=hours, minute=minutes, second=seconds, microsecond=0)
    if moment > now + timedelta(minutes=1):
        moment -= timedelta(days=1)
    return int(moment.timestamp()) * SECOND


def compare(document, shown, second):
    journeys = [Exported(document, series) for series in document["journeys"]]
    exported = {(journey.name, journey.environment): journey for journey in journeys}
    rows = shown["rows"]
    equal(sorted((row["cells"]["name"], row["cells"]["environment"]) for row in rows), sorted(exported), "rows")
    ranks = [ORDER.index(row["cells"]["state"].split()[1]) for row in rows]
    equal(ranks, sorted(ranks), "order of states")
    # Verdicts are those of the last second that was judged when time was stopped.
    verdicts, least = None, None
    for back in (0, 1, 2, 3, 4, 5):
        wrong, verdicts = judged(exported, shown, second - back * SECOND)
        least = wrong if least is None or len(wrong) < len(least) else least
        if not wrong:
            break
    expect(not least, "\n".join(least))
    least = None
    for moment in moments(exported, second, len(rows[0]["cells"]["trend"])):
        wrong = recent(exported, shown, verdicts, moment)
        least = wrong if least is None or len(wrong) < len(least) else least
        if not wrong:
            break
    expect(not least, "\n".join(least))
    return verdicts


def screen(folder):
    os.makedirs(os.path.join(folder, "journeys"))
    with open(os.path.join(folder, "journeys", "checkout.yaml"), "w", encoding="utf-8") as file:
        file.write(JOURNEYS)
    serve = Serve(folder)
    try:
        shop = Shop(time.time_ns())
        shop.open()
        shop.send(serve)
        end = time.monotonic() + 90
        wanted = {("checkout", "prod"): "PAGE", ("browse", "prod"): "SHIFT"}
        while not wanted.items() <= (status := states(folder)).items():
            expect(time.monotonic() < end, f"neither page nor shift: {status}\n" + "\n".join(serve.lines[-20:]))
            time.sleep(0.5)
        equal(run("mute", "gift.card", "--for", "2h", folder=folder).returncode, 0, "exit code of mute")
        equal(run("ack", "checkout", folder=folder).returncode, 0, "exit code of ack")
        equal(serve.end(), 0, "exit code after SIGTERM")
    finally:
        if serve.process.poll() is None:
            serve.process.kill()
            serve.process.wait(20)
    answer = run("history", "export", folder=folder)
    equal(answer.returncode, 0, "exit code of history export: " + answer.stderr.decode())
    document = json.loads(answer.stdout)
    with Terminal([waymark(), "--http-port", "0", "--grpc-port", "0"], 200, 60, folder) as terminal:
        opened(terminal)
        terminal.wait_text("✗ PAGE   checkout", "- MUTED  gift.card")
        # Rows are sorted at first sight, and the detector of change-points looks a little later.
        terminal.wait_text("≈ SHIFT  browse")
        terminal.type("Space")
        terminal.wait_text("PAUSED at")
        terminal.settle()
        rows = terminal.rows()
        try:
            shown = {"rows": table(rows), "text": "\n".join(rows)}
            verdicts = compare(document, shown, paused(shown["text"]))
        except Exception:
            print(terminal.show())
            raise
        equal({verdict["state"] for verdict in verdicts.values()},
              {"PAGE", "OUT", "WARN", "SHIFT", "NODATA", "FEW", "OK", "MUTED"}, "states that were compared")
        equal(terminal.quit(), 0, "exit code after q")


def opened(_terminal):
    """What a dashboard needs before it shows its history: nothing."""


def states(folder):
    """The states of journeys, by name and environment."""
    answer = run("status", "--format", "json", folder=folder)
    if answer.returncode not in (0, 1, 2):
        return {}
    return {(row["journey"], row.get("environment")): row["state"] for row in json.loads(answer.stdout)["journeys"]}


if __name__ == "__main__":
    main({"screen": screen})
