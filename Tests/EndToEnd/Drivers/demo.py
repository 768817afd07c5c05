"""demo.py: the built-in shop, as somebody sees it who tries waymark for the first time.

    demo.py release SPEED   the bad release: the hurt journey leads, and leads by Enter to a slow trace
    demo.py fault NAME      another fault at ten times the speed: what it hurts can be seen
"""
import re

from terminal import Terminal, equal, expect, find_row, journey_rows, main, waymark

# Seconds of traffic within which the hurt must show, and what a loaded machine may need besides.
TRAFFIC, SLACK = 120, 60
UNITS = {"ns": 1e-6, "µs": 1e-3, "us": 1e-3, "ms": 1.0, "s": 1e3}


def milliseconds(text):
    """A duration of the screen, such as 1.68s or 371ms."""
    found = re.fullmatch(r"([0-9.]+)(ns|µs|us|ms|s)", text)
    return float(found[1]) * UNITS[found[2]] if found else None


def table(rows):
    """The rows of the journeys table by name, in their order: the cells under each heading."""
    journeys = {}
    for name, row in journey_rows(rows).items():
        cells = row.strip("│▌ ").split()
        durations = [value for cell in cells if (value := milliseconds(cell)) is not None]
        shares = [float(cell[:-1]) for cell in cells if re.fullmatch(r"[0-9.]+%", cell)]
        rates = [cell for cell in cells if re.fullmatch(r"~?[0-9.]+k?/[smh]", cell)]
        journeys[name] = {
            "state": cells[1],
            "p50": durations[0] if durations else None, "p95": durations[1] if len(durations) > 1 else None,
            "errors": shares[0] if shares else 0.0, "rate": rates[0] if rates else None, "row": row}
    return journeys


def first(journeys):
    return next(iter(journeys), None)


def release(folder, speed):
    factor = float(speed.rstrip("x"))
    with Terminal([waymark(), "demo", "--speed", speed], 120, 36, folder) as terminal:
        calm = terminal.wait("calm journeys", lambda rows: table(rows).get("checkout"))
        expect(calm["p95"] is None or calm["p95"] < 1_200, f"checkout is slow before the fault: {calm['row']}")

        def is_hurt(rows):
            journeys = table(rows)
            row = journeys.get("checkout")
            return row if row and first(journeys) == "checkout" and (row["p95"] or 0) > 1_200 and row["errors"] > 0 \
                and row["state"] in ("SHIFT", "WARN", "PAGE") and "2.14.0" in row["row"] and any(block in row["row"] for block in "▆▇█") else None

        # A minute of calm, then the fault; ten seconds at most until rows are sorted anew.
        terminal.wait("checkout hurt and first", is_hurt, 60 / factor + TRAFFIC / factor + SLACK)
        if factor > 1:
            # The scenario says five minutes.
            terminal.wait(
                "somebody to be called", lambda rows: table(rows)["checkout"]["state"] == "PAGE",
                300 / factor + SLACK)
        terminal.settle(0.2, 1)
        terminal.type("Enter")
        terminal.wait_text("[2 Journey]")
        terminal.wait("the journey that hurts", lambda rows: find_row(rows[2:4], "checkout"))
        terminal.wait_text("Steps funnel", "Who adds time", "2.14.0")
        terminal.wait(
            "payments to add most of the time",
            lambda rows: re.search(r"│ payments +go +1\.\d+s", "\n".join(rows)))
        terminal.wait("slow runs", lambda rows: [row for row in rows if re.search(r"\b[0-9a-f]{8}\b.* [1-9]\.\d\ds", row)])
        terminal.type("Enter")
        terminal.wait_text("[3 Trace]")
        terminal.wait_text("POST /checkout", "pool.acquire", "payments", "SLO 1.20s")
        terminal.type("q", "q")
        equal(terminal.ended(), 0, "exit code after q q")
        terminal.check_restored()


def fault(folder, name):
    """What each fault hurts: dependency fails payments, host slows node-b, silence ends searches."""
    signs = {
        "dependency": lambda journeys, calm: first(journeys) == "checkout" and journeys["checkout"]["errors"] > 5,
        "host": lambda journeys, calm: sum(
            1 for key in calm if key in journeys and (journeys[key]["p95"] or 0) > 1.3 * (calm[key]["p95"] or 1e9)) >= 3,
        "silence": lambda journeys, calm: first(journeys) == "search" and journeys["search"]["state"] == "NODATA",
    }
    with Terminal([waymark(), "demo", "--speed", "10x", "--fault", name], 120, 36, folder) as terminal:
        calm = terminal.wait(
            "five calm journeys",
            lambda rows: found if len(found := {k: v for k, v in table(rows).items() if v["p95"]}) >= 5 else None)
        terminal.wait(
            f"signs of {name}; calm was {[row['row'] for row in calm.values()]}",
            lambda rows: (now := table(rows)) and signs[name](now, calm), (60 + 300) / 10 + SLACK)
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


main({"release": release, "fault": fault})
