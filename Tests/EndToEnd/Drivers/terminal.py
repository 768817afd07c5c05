"""A pseudo-terminal with an emulator behind it, and a program in front.

`Terminal` starts a program on a new pseudo-terminal, reads what it writes into a pyte screen (with the alternate
screen and the control sequences that pyte lacks), keeps the raw bytes, and waits for what a test wants to see.
Every wait is bounded.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

import pyte

# A program that runs under a wait takes as long as a loaded machine of two cores may need.
PATIENCE = 60.0

KEYS = {
    "Enter": b"\r", "Esc": b"\x1b", "Tab": b"\t", "Backspace": b"\x7f", "Space": b" ",
    "Up": b"\x1bOA", "Down": b"\x1bOB", "Right": b"\x1bOC", "Left": b"\x1bOD", "C-z": b"\x1a", "C-c": b"\x03",
}

# Strings that a terminal takes as one command: titles, clipboards, device control, private messages.
STRINGS = re.compile(rb"\x1b[\]PX^_].*?(?:\x07|\x1b\\)", re.DOTALL)
UNFINISHED = re.compile(rb"\x1b(?:[\]PX^_].*|\[[0-9;:?<=>!\" ]*)?$", re.DOTALL)
# A sequence that another one cuts short, as when a program is stopped while it draws: terminals forget it.
ABORTED = re.compile(rb"\x1b\[[0-9;:?<=>]*(?=\x1b)|\x1b(?=\x1b)")
# What pyte would draw as text (parameters with a private leader other than `?`, or an intermediate), and what leaves
# the screen as it is: saved titles, a lone string terminator, keypad modes.
FOREIGN = re.compile(rb"\x1b\[[<=>][0-9;:]*[@-~]|\x1b\[[0-9;]*[!\" $'*][@-~]|\x1b\[[0-9;]*t|\x1b[=>\\]")


class Failed(Exception):
    """What a scenario found wrong."""


class Emulator(pyte.Screen):
    """pyte's screen with an alternate screen and repeated characters."""

    def __init__(self, columns, lines):
        self.in_alternate = False
        self.modes_seen = set()
        self.last_drawn = " "
        self.unknown = []
        super().__init__(columns, lines)

    def draw(self, data):
        super().draw(data)
        if data:
            self.last_drawn = data[-1]

    def repeat(self, count=1, **_):
        self.draw(self.last_drawn * max(1, count or 1))

    def back_tab(self, count=1, **_):
        for _ in range(max(1, count or 1)):
            stops = [stop for stop in self.tabstops if stop < self.cursor.x]
            self.cursor.x = max(stops, default=0)

    def forward_tab(self, count=1, **_):
        for _ in range(max(1, count or 1)):
            self.tab()

    def scroll_up(self, count=1, **_):
        self._scroll(count, self.delete_lines)

    def scroll_down(self, count=1, **_):
        self._scroll(count, self.insert_lines)

    def _scroll(self, count, change):
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        change(max(1, count or 1))
        self.cursor.x, self.cursor.y = x, y

    def debug(self, *args, **kwargs):
        """What pyte does not know would make the screen wrong without a word."""
        self.unknown.append((args, kwargs))

    def set_mode(self, *modes, **kwargs):
        if kwargs.get("private"):
            self.modes_seen.update(modes)
            if 1049 in modes:
                self.in_alternate = True
                self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes, **kwargs):
        if kwargs.get("private"):
            self.modes_seen.difference_update(modes)
            if 1049 in modes:
                self.in_alternate = False
                self.erase_in_display(2)
        super().reset_mode(*modes, **kwargs)

    def report_device_status(self, *_args, **_kwargs):
        pass

    def report_device_attributes(self, *_args, **_kwargs):
        pass


class Reader(pyte.ByteStream):
    csi = dict(pyte.ByteStream.csi, b="repeat", Z="back_tab", I="forward_tab", S="scroll_up", T="scroll_down")
    events = frozenset(list(pyte.ByteStream.events) + ["repeat", "back_tab", "forward_tab", "scroll_up", "scroll_down"])


def environment(folder, **changes):
    """A clean environment in a home of its own."""
    result = {
        "HOME": folder, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TERM": "xterm-256color", "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": os.path.join(folder, "config"), "XDG_STATE_HOME": os.path.join(folder, "state"),
        "SHELL": "/bin/sh", "TZ": "UTC",
    }
    for name in ("TERMINFO", "TERMINFO_DIRS", "LD_LIBRARY_PATH"):
        if name in os.environ:
            result[name] = os.environ[name]
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


class Terminal:
    """A running program on a pseudo-terminal of its own."""

    def __init__(self, arguments, columns=120, lines=36, folder=None, env=None, stdin=None):
        self.folder = folder or tempfile.mkdtemp(prefix="waymark-e2e-")
        self.columns, self.lines = columns, lines
        self.screen = Emulator(columns, lines)
        self.stream = Reader(self.screen)
        self.raw = bytearray()
        self.pending = b""
        self.lock = threading.Condition()
        self.closed = False
        self.started = time.monotonic()
        self.master, self.slave = pty.openpty()
        self.set_size(columns, lines)
        self.before = termios.tcgetattr(self.slave)
        slave = self.slave

        def prepare():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(name, signal.SIG_DFL)

        errors_path = os.path.join(self.folder, f"stderr-{self.master}-{os.getpid()}")
        self.errors = open(errors_path, "wb+")
        self.process = subprocess.Popen(
            arguments, stdin=stdin if stdin is not None else slave, stdout=slave, stderr=self.errors,
            cwd=self.folder, env=env or environment(self.folder), preexec_fn=prepare, close_fds=True)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.closed = True
        self.thread.join(5)
        for handle in (self.master, self.slave):
            try:
                os.close(handle)
            except OSError:
                pass
        self.errors.close()

    # Reading

    def _read(self):
        while not self.closed:
            try:
                ready, _, _ = select.select([self.master], [], [], 0.05)
                data = os.read(self.master, 65536) if ready else b""
            except (OSError, ValueError):
                return
            if not data:
                continue
            with self.lock:
                self.raw += data
                self._feed(data)
                self.lock.notify_all()

    def _feed(self, data):
        data = FOREIGN.sub(b"", ABORTED.sub(b"", STRINGS.sub(b"", self.pending + data)))
        cut = UNFINISHED.search(data)
        # A string that never ends must not swallow the screen for ever.
        if cut and len(data) - cut.start() < 200_000:
            self.pending = data[cut.start():]
            data = data[:cut.start()]
        else:
            self.pending = b""
        self.stream.feed(data)

    def rows(self):
        """The screen as lines of text."""
        with self.lock:
            return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.rows())

    def show(self, title=""):
        """The screen with a frame around it, for reports."""
        with self.lock:
            lines = list(self.screen.display)
        return f"--- {title} {self.columns}x{self.lines}\n" + "\n".join(f"|{line}|" for line in lines)

    def wait(self, what, condition, seconds=PATIENCE):
        """Waits until a condition of the screen's lines holds, and gives its value."""
        end = time.monotonic() + seconds
        while True:
            value = condition(self.rows())
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"waited {seconds:.0f} s for {what}\n{self.show()}\n{self.complaints()}")
            if self.process.poll() is not None and not value:
                time.sleep(0.2)
                value = condition(self.rows())
                if value:
                    return value
                raise Failed(
                    f"the program ended with {self.process.returncode} while waiting for {what}\n{self.show()}\n"
                    + self.complaints())
            with self.lock:
                self.lock.wait(0.05)

    def wait_text(self, *wanted, seconds=PATIENCE):
        """Waits until every text is on the screen."""
        return self.wait(
            "the text " + " and ".join(repr(part) for part in wanted),
            lambda rows: all(part in "\n".join(rows) for part in wanted), seconds)

    def wait_gone(self, text, seconds=PATIENCE):
        """Waits until a text has left the screen."""
        return self.wait(f"{text!r} to go", lambda rows: text not in "\n".join(rows), seconds)

    def settle(self, quiet=0.4, seconds=10):
        """Waits until nothing has been written for a while, or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.lock:
                size = len(self.raw)
            time.sleep(quiet)
            with self.lock:
                if len(self.raw) == size:
                    return

    def complaints(self):
        self.errors.flush()
        with open(self.errors.name, "rb") as file:
            text = file.read().decode("utf-8", "replace")
        return f"standard error: {text}" if text else ""

    # Writing

    def type(self, *keys):
        """Presses keys by name, or types text."""
        for key in keys:
            os.write(self.master, KEYS.get(key, key.encode()))
            time.sleep(0.03)

    def paste(self, text):
        os.write(self.master, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def click(self, column, line, button=0):
        """Presses and releases a mouse button on a cell, counted from 0."""
        os.write(self.master, f"\x1b[<{button};{column + 1};{line + 1}M".encode())
        time.sleep(0.02)
        os.write(self.master, f"\x1b[<{button};{column + 1};{line + 1}m".encode())

    def set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        """Gives the terminal another size; the program is told by the kernel."""
        with self.lock:
            self.columns, self.lines = columns, lines
            self.screen.resize(lines, columns)
            self.set_size(columns, lines)

    # Ending

    def ended(self, seconds=15.0):
        """Waits for the end and gives the exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"still running after {seconds:.0f} s\n{self.show()}") from None
        time.sleep(0.2)
        return status

    def quit(self):
        """Presses q until the program has ended; gives the exit status."""
        for patience in (0.5, 3, 5, 10, 10):
            self.type("q")
            try:
                return self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        raise Failed(f"q does not quit\n{self.show()}")

    def check_restored(self):
        """The terminal is as it was: modes of the line, alternate screen, cursor, mouse, pastes."""
        time.sleep(0.2)
        after = termios.tcgetattr(self.slave)
        expect(after == self.before, f"the line's modes differ: {self.before} is now {after}")
        with self.lock:
            expect(not self.screen.in_alternate, "the alternate screen was not left")
            expect(not self.screen.cursor.hidden, "the cursor is hidden")
            left = self.screen.modes_seen & {1000, 1002, 1003, 1006, 2004, 1, 1049}
        expect(not left, f"modes still on: {sorted(left)}")
        expect(not self.screen.unknown, f"sequences that the emulator does not know: {self.screen.unknown[:5]}")


def expect(condition, message):
    """Fails with words."""
    if not condition:
        raise Failed(message)


def equal(got, wanted, what):
    expect(got == wanted, f"{what}: {got!r}, expected {wanted!r}")


def find_row(rows, text):
    """The first line that holds a text, or nothing."""
    return next((row for row in rows if text in row), None)


def journey_rows(rows):
    """The rows of the journeys table by name, in their order."""
    top = next((number for number, row in enumerate(rows) if " State " in row and " Journey " in row), None)
    journeys = {}
    for row in rows[top + 1:] if top is not None else []:
        cells = row.strip("│▌ ").split()
        if row.startswith(("└", "─")) or len(cells) < 3:
            break
        # A state is a sign and a word.
        if cells[1].isupper():
            journeys[cells[2]] = row
    return journeys


def waymark():
    """The program under test."""
    return os.environ["WAYMARK_BINARY"]


def run(*arguments, folder, stdin=None, seconds=120, **changes):
    """Runs the program without a terminal; gives the finished process."""
    return subprocess.run(
        [waymark(), *arguments], cwd=folder, env=environment(folder, **changes), stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, check=False)


def main(scenarios):
    """Runs the scenario that the first argument names, in a folder of its own; prints what failed, exit 1."""
    name, rest = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix=f"waymark-{name}-") as folder:
        try:
            scenarios[name](folder, *rest)
        except (Failed, AssertionError) as failure:
            print(f"{name} {' '.join(rest)}: {failure}")
            sys.exit(1)
    print(f"{name} {' '.join(rest)}: ok")
