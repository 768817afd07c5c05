"""life.py SCENARIO: signals, lost terminals, stops, sizes, the mouse, and everything that opens over a screen."""
import os
import random
import signal
import subprocess
import sys
import time

import traces
from terminal import Terminal, environment, equal, expect, find_row, main, run, waymark


def shop_file(folder):
    """Three journeys; the checkout has a slow and failed trace of four spans."""
    lines = []
    for number in range(60):
        name = ("GET /", "GET /cart", "POST /checkout")[number % 3]
        slow = number == 59
        fields = {"status": {"code": 2}} if slow else {}
        root = traces.span(number, name, milliseconds=1_500 if slow else 20 + number, **fields)
        child = traces.span(number, "SELECT basket", parent=True, milliseconds=1_000 if slow else 5)
        lines.append(traces.line([root, child], **{"service.version": "1.0.0"}))
    return traces.write(os.path.join(folder, "shop.jsonl"), lines)


def opened(folder, columns=120, rows=36, **changes):
    return Terminal(
        [waymark(), "open", shop_file(folder)], columns, rows, folder, environment(folder, **changes))


def ready(terminal):
    terminal.wait_text("120 spans", "POST /checkout")
    terminal.settle()


def signals(folder):
    """Each way to be ended restores the terminal, from a quiet file and from a busy receiver."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        with opened(folder) as terminal:
            ready(terminal)
            os.kill(terminal.process.pid, number)
            status = terminal.ended()
            if number == signal.SIGINT:
                equal(status, 130, "exit status after SIGINT")
            expect(status in (0, -number, 128 + number), f"exit status after {number.name}: {status}")
            terminal.check_restored()
        with Terminal([waymark(), "--grpc-port", "0", "--http-port", "0"], 80, 24, folder) as terminal:
            terminal.wait_text("Listening")
            os.kill(terminal.process.pid, number)
            terminal.ended()
            terminal.check_restored()
    with opened(folder) as terminal:
        ready(terminal)
        terminal.type("C-c")
        if terminal.process.poll() is None:
            time.sleep(0.5)
            if terminal.process.poll() is None:
                terminal.type("C-c")
        terminal.ended()
        terminal.check_restored()


def crash(folder):
    """A crash restores the terminal too."""
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP):
        with opened(folder, SWIFT_BACKTRACE="enable=no") as terminal:
            ready(terminal)
            os.kill(terminal.process.pid, number)
            status = terminal.ended(60)
            expect(status != 0, f"exit status after {number.name}: {status}")
            terminal.check_restored()


def lost(folder):
    """A terminal that goes away ends the program, whatever it was doing."""
    for arguments in (["open", shop_file(folder)], ["--grpc-port", "0", "--http-port", "0"], ["demo"]):
        with Terminal([waymark(), *arguments], 120, 36, folder) as terminal:
            terminal.wait_text("1 Journeys")
            terminal.closed = True
            terminal.thread.join(5)
            os.close(terminal.slave)
            os.close(terminal.master)
            try:
                terminal.process.wait(15)
            except subprocess.TimeoutExpired:
                cpu = subprocess.run(
                    ["ps", "-o", "stat=,time=,args=", "-p", str(terminal.process.pid)], stdout=subprocess.PIPE, check=False)
                expect(False, f"{arguments} lives on without its terminal: {cpu.stdout.decode()}")


def shell(*command):
    """What a shell with job control does: runs a program in the foreground, and again after a stop when told to.

    A stop needs a parent in the same session: the kernel lets nobody stop a group that no shell looks after.
    """
    # Whoever started the tests may have blocked signals, and children inherit that.
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    wake = []
    signal.signal(signal.SIGUSR1, lambda *_: wake.append(1))
    signal.signal(signal.SIGTERM, lambda *_: None)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(command[0], command)
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            sys.exit(os.waitstatus_to_exitcode(status))
        os.tcsetpgrp(0, os.getpgrp())
        while not wake:
            time.sleep(0.02)
        wake.clear()
        os.tcsetpgrp(0, child)
        os.killpg(child, signal.SIGCONT)


def child_of(number):
    """The one child of a process."""
    with open(f"/proc/{number}/task/{number}/children", encoding="utf-8") as file:
        return int(file.read().split()[0])


def stopped(folder):
    """Ctrl-Z gives the terminal back, and takes it again."""
    command = [sys.executable, os.path.abspath(__file__), "shell", waymark(), "open", shop_file(folder)]
    with Terminal(command, 120, 36, folder) as terminal:
        ready(terminal)
        program = child_of(terminal.process.pid)
        for way in ("key", "signal", "key"):
            if way == "key":
                terminal.type("C-z")
            else:
                os.kill(program, signal.SIGTSTP)
            end = time.monotonic() + 15
            while state(program) != "T":
                expect(time.monotonic() < end, f"not stopped by {way}: {state(program)}\n{terminal.show()}")
                time.sleep(0.05)
            terminal.check_restored()
            os.kill(terminal.process.pid, signal.SIGUSR1)
            terminal.wait("the alternate screen again", lambda _: terminal.screen.in_alternate)
            terminal.wait_text("POST /checkout", "[1 Journeys]")
        terminal.type("Enter")
        terminal.wait_text("[2 Journey]")
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def state(number):
    with open(f"/proc/{number}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0]


def sizes(folder):
    """A storm of sizes leaves the same screen as a fresh start."""
    chance = random.Random(5)
    with opened(folder) as terminal:
        ready(terminal)
        for number in range(100):
            size = (1, 1) if number % 20 == 7 else (chance.randint(1, 220), chance.randint(1, 70))
            terminal.resize(*size)
            if number % 10 == 0:
                time.sleep(0.05)
            if number % 25 == 0:
                terminal.type("j")
        for columns, rows in ((500, 200), (60, 15), (120, 36)):
            terminal.resize(columns, rows)
            terminal.wait_text("GET /")
        expected = run("render", "--size", "120x36", shop_file(folder), folder=folder).stdout.decode().splitlines()
        # The hints and the cursor's row may differ; the rest of the table must be the one a fresh start draws.
        for name in ("GET /cart", "POST /checkout"):
            fresh = find_row(expected[2:], name).replace("▌", " ").split()
            terminal.wait(
                f"the row {fresh}",
                lambda rows: (find_row(rows[2:], name) or "").replace("▌", " ").split() == fresh)
        terminal.settle()
        equal(len([row for row in terminal.rows() if "[1 Journeys]" in row]), 1, "headers on the screen")
        terminal.type("2")
        terminal.wait_text("[2 Journey]")
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def mouse(folder):
    """Clicks on tabs and rows."""
    with opened(folder) as terminal:
        ready(terminal)
        rows = terminal.rows()
        line = next(number for number, row in enumerate(rows) if "GET /cart" in row and number > 2)
        terminal.click(10, line)
        terminal.wait("the row under the cursor", lambda rows: rows[line].lstrip("│").startswith("▌"))
        tab = terminal.rows()[0].index("2 Journey")
        terminal.click(tab + 2, 0)
        terminal.wait_text("[2 Journey]", "GET /cart")
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def filters(folder):
    """The filter bar: typed, wrong, pasted, left."""
    with opened(folder) as terminal:
        ready(terminal)
        terminal.type("/")
        terminal.type("duration>")
        terminal.wait("an error with a reason", lambda rows: "expected" in "\n".join(rows))
        terminal.type("Esc", "Esc")
        terminal.type("/")
        # Line ends and controls of a paste are no keys: nothing is run by them.
        terminal.paste('name="POST /checkout"')
        terminal.wait_text('name="POST /checkout"')
        terminal.type("Enter")
        terminal.wait_text('filter name="POST /checkout"')
        terminal.wait("only the journey that is kept",
                      lambda rows: find_row(rows[3:], "POST /checkout") and not find_row(rows[3:], "GET /cart"))
        terminal.type("/")
        terminal.paste("\x1b[2Jq\nq\r:quit\r")
        terminal.settle()
        equal(terminal.process.poll(), None, "exit status after a paste with line ends")
        terminal.type("Esc", "Esc", "Esc")
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def overlays(folder):
    """Help, palette, themes, find, pause: each opens, works and closes."""
    with opened(folder) as terminal:
        ready(terminal)
        terminal.type("?")
        terminal.wait_text("next row", "GLYPHS")
        terminal.type("Esc")
        terminal.wait_gone("GLYPHS")
        terminal.type(":")
        terminal.wait_text("palette")
        terminal.type("screen.3")
        terminal.wait_text("screen.3")
        terminal.type("Enter")
        terminal.wait_text("[3 Trace]")
        terminal.type("1")
        terminal.wait_text("[1 Journeys]")
        terminal.type("T")
        terminal.wait_text("monochrome")
        before = len(terminal.raw)
        terminal.type("j")
        terminal.settle(0.2, 2)
        expect(len(terminal.raw) > before, "moving among themes changes nothing")
        terminal.type("Enter")
        terminal.wait_text("POST /checkout")
        terminal.type("Space")
        terminal.wait_text("PAUSED")
        terminal.type("Space")
        terminal.wait_gone("PAUSED")
        for _ in range(3):
            terminal.type("s")
        terminal.type("Enter")
        terminal.wait_text("[2 Journey]")
        terminal.type("z")
        terminal.settle(0.2, 2)
        terminal.type("z", "Tab", "Tab", "x")
        terminal.settle(0.2, 2)
        terminal.type("3")
        terminal.wait_text("[3 Trace]", "SELECT basket")
        terminal.type("f")
        terminal.type("SELECT")
        terminal.wait_text("SELECT")
        terminal.type("Enter", "n", "p", "H", "L", "d", "d")
        terminal.wait_text("SELECT basket")
        terminal.type("1")
        terminal.wait_text("[1 Journeys]")
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


def keys(folder):
    """Keys by the thousand, in any order, break nothing."""
    chance = random.Random(11)
    alphabet = list("jkhlgGpPnNfsSeoHLdxvtzZ/?:12 3.[]()yYJT`\t\r\x1b\x7f\x0c") + ["Up", "Down", "Left", "Right", "Esc", "Esc"]
    with opened(folder) as terminal:
        ready(terminal)
        for number in range(1_500):
            terminal.type(chance.choice(alphabet))
            if number % 100 == 0:
                terminal.resize(chance.randint(20, 200), chance.randint(5, 60))
            equal(terminal.process.poll(), None, f"exit status after {number} keys\n{terminal.complaints()}")
        terminal.resize(120, 36)
        terminal.type("Esc", "Esc", "Esc", "Esc")
        time.sleep(1)
        terminal.type("1")
        terminal.wait_text("[1 Journeys]")
        equal(terminal.quit(), 0, "exit code")
        terminal.check_restored()


if sys.argv[1] == "shell":
    shell(*sys.argv[2:])

main({
    "signals": signals, "crash": crash, "lost": lost, "stopped": stopped, "sizes": sizes, "mouse": mouse,
    "filters": filters, "overlays": overlays, "keys": keys,
})
