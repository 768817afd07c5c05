"""opening.py SCENARIO: `waymark open` over big, growing and rotated files.

    opening.py progress   a first frame and how far reading is, long before the file is read; then all of it
    opening.py leave      q works while a file is read
    opening.py follow     a file that grows, is rotated, and grows again
    opening.py trace      --trace opens that trace
"""
import os
import re
import signal

import traces
from terminal import Terminal, equal, expect, find_row, main, waymark

# Small enough to be made in a few seconds, large enough that reading takes some frames.
SPANS_A_LINE, LINES = 200, 8_000
TOTAL = "1.60M spans"


def big_file(folder):
    """The same kind of trace many times; about 520 MB."""
    path = os.path.join(folder, "big.jsonl")
    template = traces.line([traces.span(n, "GET /cart") for n in range(SPANS_A_LINE)])
    ids = re.compile(r'"traceId": "[0-9a-f]{32}"')
    parts = ids.split(template)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(LINES):
            base = number * SPANS_A_LINE
            for index, part in enumerate(parts[:-1]):
                file.write(f'{part}"traceId": "{base + index + 1:032x}"')
            file.write(parts[-1] + "\n")
    return path


def reading(rows):
    """How far reading is, when the screen says so."""
    found = re.search(r"reading[^0-9]*([0-9.]+) ?%", "\n".join(rows))
    return float(found[1]) if found else None


def progress(folder):
    path = big_file(folder)
    with Terminal([waymark(), "open", path], 120, 36, folder) as terminal:
        # The program is held as soon as it has drawn: what stands there was drawn before the file was read.
        early = terminal.wait("a frame that tells of reading", reading)
        os.kill(terminal.process.pid, signal.SIGSTOP)
        expect(early < 100, f"the first progress shown is {early} %")
        expect(not find_row(terminal.rows(), TOTAL), "all was read before the first frame")
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait("rows while reading goes on, or its end",
                      lambda rows: find_row(rows, "GET /cart") and (reading(rows) or find_row(rows, TOTAL)))
        terminal.wait_text(TOTAL, "GET /cart", seconds=180)
        terminal.wait("the end of reading", lambda rows: reading(rows) is None)
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def leave(folder):
    path = big_file(folder)
    with Terminal([waymark(), "open", path], 120, 36, folder) as terminal:
        terminal.wait("a frame that tells of reading", reading)
        equal(terminal.quit(), 0, "exit code")
        expect(not find_row(terminal.rows(), TOTAL), "all was read before q was heard")
        terminal.check_restored()


def follow(folder):
    path = os.path.join(folder, "growing.jsonl")

    def lines(first, count):
        return [traces.line([traces.span(n, "GET /")]) + "\n" for n in range(first, first + count)]

    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines(0, 10))
    with Terminal([waymark(), "open", "--follow", path], 120, 36, folder) as terminal:
        terminal.wait_text("10 spans", "GET /")
        more = lines(10, 30)
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(more[:-1])
            # A line that is not yet whole is waited for.
            file.write(more[-1][:100])
            file.flush()
            terminal.wait_text("39 spans")
            file.write(more[-1][100:])
        terminal.wait_text("40 spans")
        os.rename(path, path + ".1")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines(40, 25))
        terminal.wait_text("65 spans")
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(lines(65, 5))
        terminal.wait_text("70 spans")
        equal(terminal.quit(), 0, "exit code")


def trace(folder):
    root = traces.span(7, "POST /checkout", milliseconds=900)
    child = traces.span(7, "pool.acquire", parent=True, milliseconds=700)
    others = [traces.line([traces.span(n, "GET /")]) for n in range(7)]
    path = traces.write(os.path.join(folder, "t.jsonl"), others + [traces.line([root, child])])
    with Terminal([waymark(), "open", "--trace", "8", path], 120, 36, folder) as terminal:
        terminal.wait_text("[3 Trace]", "POST /checkout", "pool.acquire", "900ms", "2 spans")
        terminal.type("Esc")
        terminal.wait_text("[1 Journeys]", "GET /")
        equal(terminal.quit(), 0, "exit code")


main({"progress": progress, "leave": leave, "follow": follow, "trace": trace})
