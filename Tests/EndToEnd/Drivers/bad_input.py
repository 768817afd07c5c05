"""bad_input.py SCENARIO: wrong files, wrong options, wrong terminals; each has a clear answer and loses nothing else."""
import json
import os
import re
import socket

import traces
from terminal import (
    Terminal, environment, equal, expect, find_row, main, run, waymark)


def says(done, code, *words):
    """The exit code, and words that standard error must hold."""
    errors = done.stderr.decode()
    equal(done.returncode, code, f"exit code of {' '.join(map(str, done.args[1:]))}\n{errors}")
    for word in words:
        expect(word in errors, f"{' '.join(done.args[1:])} does not say {word!r}: {errors}")
    expect(len(errors) < 3_000 and "Fatal error" not in errors, f"not a message: {errors[:3000]}")


def good_file(folder, count=5):
    return traces.write(
        os.path.join(folder, "good.jsonl"), [traces.line([traces.span(n, "GET /")]) for n in range(count)])


def files(folder):
    """Files that are no traces, or only partly."""
    def write(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    kinds = {
        "picture.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1", "PNG"),
        "page.html": (b"<!DOCTYPE html><html><body>no</body></html>", "HTML"),
        "table.csv": (b"time,name,ms\n1,a,2\n2,b,3\n", "CSV"),
        "notes.txt": (b"these are only words\nand more words\n", "text"),
        "other.json": (b'{"name": "waymark", "version": 1}', "no known trace format"),
        "noise.bin": (bytes((n * 73 + 41) % 256 for n in range(4_096)), "noise.bin"),
        "zeros.bin": (b"\0" * 4_096, "zeros.bin"),
        "short.json": (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00', "short.json"),
    }
    for name, (data, word) in kinds.items():
        says(run("summary", write(name, data), folder=folder), 65, name, word)
        with Terminal([waymark(), "open", name], 100, 30, folder) as terminal:
            terminal.wait("the reason on the screen, or the end",
                          lambda rows: name in "\n".join(rows) or terminal.process.poll() is not None)
            if terminal.process.poll() is None:
                equal(terminal.quit() in (0, 65), True, "exit code of open")
            else:
                equal(terminal.process.returncode, 65, "exit code of open")
                expect(name in terminal.complaints(), f"no reason: {terminal.complaints()}")
            terminal.check_restored()

    good = good_file(folder)
    with open(good, "rb") as file:
        data = file.read()
    half = run("summary", "--format", "json", write("cut.jsonl", data[:-120]), folder=folder)
    says(half, 65, "cut.jsonl", ":5:", "ends in the middle")
    equal(json.loads(half.stdout)["spans"], 4, "spans before the cut")
    broken = run("summary", "--format", "json", write("empty.jsonl", b""), folder=folder)
    says(broken, 0)
    equal(json.loads(broken.stdout)["journeys"], [], "journeys of an empty file")
    # One file's fault takes nothing from the others.
    both = run("summary", "--format", "json", os.path.join(folder, "table.csv"), good, folder=folder)
    says(both, 65, "table.csv", "CSV")
    equal(json.loads(both.stdout)["spans"], 5, "spans beside a wrong file")


def line_70001(folder):
    """One bad line far down: named by line and column, and every other line counted."""
    path = os.path.join(folder, "long.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for number in range(70_100):
            if number == 70_000:
                file.write('{"resourceSpans":[{"resource":{]}}]}\n')
            file.write(traces.line([traces.span(number, "GET /cart")]) + "\n")
    done = run("summary", "--format", "json", path, folder=folder)
    found = re.search(r"long\.jsonl:(\d+):(\d+)", done.stderr.decode())
    expect(found, f"no file:line:column in {done.stderr.decode()}")
    equal((int(found[1]), int(found[2])), (70_001, 32), "line and column")
    says(done, 65)
    answer = json.loads(done.stdout)
    equal((answer["spans"], answer["traces"]), (70_100, 70_100), "spans and traces of the other lines")
    equal(answer["journeys"][0]["count"], 70_100, "runs")
    with Terminal([waymark(), "open", path], 120, 36, folder) as terminal:
        terminal.wait_text("70.1k spans", "GET /cart")
        terminal.wait_text("70001")
        equal(terminal.quit(), 0, "exit code of open")


def journeys(folder):
    """Journey files with mistakes; the good ones go on."""
    good = os.path.join(folder, "journeys")
    os.mkdir(good)
    for name, entry in (("browse", "service=shop name=\"GET /\""), ("cart", "servce=cart")):
        with open(os.path.join(good, f"{name}.yaml"), "w", encoding="utf-8") as file:
            file.write(f"journey: {name}\nentry: {entry}\n")
    says(run("journeys", "check", good, folder=folder), 65)
    check = run("journeys", "check", good, folder=folder)
    words = (check.stdout + check.stderr).decode()
    expect(re.search(r"cart\.yaml:2:\d+", words), f"no file, line and column: {words}")
    expect('did you mean "service"' in words, f"no suggestion: {words}")
    traces_file = good_file(folder)
    done = run("summary", "--format", "json", "--journeys", good, traces_file, folder=folder)
    says(done, 65, "cart.yaml:2:", 'did you mean "service"')
    with Terminal([waymark(), "open", "--journeys", good, traces_file], 120, 36, folder) as terminal:
        terminal.wait_text("cart.yaml", "browse")
        equal(terminal.quit(), 0, "exit code")
    says(run("journeys", "check", "nowhere", folder=folder), 66, "nowhere")
    for text, word in (
        ("journey: Cart\nentry: name=a\n", "1:10"), ("journey: a\nentry: name=a\nstepps: []\n", "steps"),
        ("journey: a\nentry: name=(\n", "2:"), ("journey: [a\n", "wrong.yaml"),
        ("a: &x [1]\nb: *x\n", "alias"), ("journey: a\n", "entry"), ("journey: a\nentry: name~\"(\"\n", "2:"),
        ("journey: a\nentry: name=a\nslo:\n  fast: {target: 200%, under: 1s}\n", "4:"),
        ("journey: a\nentry: name=a\n---\njourney: a\nentry: name=b\n", "a"),
    ):
        path = os.path.join(folder, "wrong.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        check = run("journeys", "check", path, folder=folder)
        words = (check.stdout + check.stderr).decode()
        equal(check.returncode, 65, f"exit code for {text!r}: {words}")
        expect("wrong.yaml" in words and word in words, f"{text!r} should name {word!r}: {words}")


def options(folder):
    """Wrong command lines, missing files, what is not allowed."""
    good = good_file(folder)
    table = [
        (64, ["summary", "--nonsense", good], "nonsense"), (64, ["nonsense"], "nonsense"),
        (64, ["summary", "--format", "xml", good], "xml"), (64, ["render", "--size", "10", good], "120x36"),
        (64, ["render", "--screen", "nonsense", good], "trace"), (64, ["render", "--at", "yesterday", good], "yesterday"),
        (64, ["render", "--filter", "name=(", good], "column"), (64, ["demo", "--fault", "fire"], "silence"),
        (64, ["demo", "--speed", "fast"], "10x"), (64, ["--memory", "lots"], "512MiB"), (64, ["--grpc-port", "70000"], "65535"),
        (64, ["--theme", "nonsense"], "dark"), (64, ["--color", "nonsense"], "256"), (64, ["--glyphs", "nonsense"], "ascii"),
        (64, ["--listen", "0.0.0.0", "--grpc-port", "0", "--http-port", "0"], "127.0.0.1"),
        (64, ["--listen", "::", "--grpc-port", "0", "--http-port", "0"], "127.0.0.1"),
        (66, ["summary", "nowhere.jsonl"], "nowhere.jsonl"), (66, ["open", "nowhere.jsonl"], "nowhere.jsonl"),
        (66, ["render", "nowhere.jsonl"], "nowhere.jsonl"), (66, ["--journeys", "nowhere"], "nowhere"),
        (69, ["open", good], "terminal"),
    ]
    for code, arguments, word in table:
        says(run(*arguments, folder=folder), code, word)
    missing = run("summary", "--format", "json", good, "nowhere.jsonl", folder=folder)
    expect(missing.returncode in (65, 66), f"exit code with one file missing: {missing.returncode}")
    expect("nowhere.jsonl" in missing.stderr.decode(), "the missing file is not named")
    for arguments in (["--help"], ["summary", "--help"], ["--version"], ["schema"], ["doctor"]):
        done = run(*arguments, folder=folder)
        equal(done.returncode, 0, f"exit code of {arguments}\n{done.stderr.decode()}")
        expect(done.stdout, f"{arguments} says nothing")
    json.loads(run("schema", folder=folder).stdout)
    full = run("summary", "--format", "json", good, folder=folder)
    equal(full.returncode, 0, "exit code of summary")
    with open("/dev/full", "wb") as full_disk:
        import subprocess

        done = subprocess.run(
            [waymark(), "render", good], stdout=full_disk, stderr=subprocess.PIPE, env=environment(folder), check=False,
            timeout=60)
    equal(done.returncode, 73, f"exit code when the output cannot be written: {done.stderr.decode()}")


def ports(folder):
    """A port that somebody else has."""
    for option in ("grpc", "http"):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = str(other.getsockname()[1])
            ports_of = {"grpc": "0", "http": "0", option: taken}
            with Terminal(
                    [waymark(), "--grpc-port", ports_of["grpc"], "--http-port", ports_of["http"]], 80, 24,
                    folder) as terminal:
                equal(terminal.ended(), 69, "exit code with a port in use")
                words = terminal.complaints()
                for word in (taken, f"--{option}-port", "in use"):
                    expect(word in words, f"does not say {word!r}: {words}")
                terminal.check_restored()


def terminals(folder):
    """Terminals that are unknown, small, plain or not UTF-8."""
    good = good_file(folder, 50)
    for term in (None, "", "nonsense-terminal"):
        with Terminal([waymark(), "open", good], 80, 24, folder, environment(folder, TERM=term)) as terminal:
            equal(terminal.ended(), 69, f"exit code with TERM={term}")
            expect("TERM" in terminal.complaints(), f"TERM is not named: {terminal.complaints()}")
            terminal.check_restored()
    with Terminal([waymark(), "open", good], 80, 24, folder, environment(folder, LC_ALL="C", LANG="C")) as terminal:
        terminal.wait_text("GET /", "50 spans")
        terminal.settle()
        expect(all(byte < 0x80 for byte in terminal.raw), "bytes beyond ASCII without a UTF-8 locale")
        terminal.type("Enter")
        terminal.wait_text("[2 Journey]")
        terminal.type("Enter")
        terminal.wait_text("[3 Trace]")
        expect(all(byte < 0x80 for byte in terminal.raw), "bytes beyond ASCII without a UTF-8 locale")
        equal(terminal.quit(), 0, "exit code with LC_ALL=C")
        terminal.check_restored()
    with Terminal([waymark(), "open", good], 20, 5, folder) as terminal:
        rows = terminal.wait("a line that says so", lambda rows: rows if "60x15"[:3] in "".join(rows) else None)
        equal(len([row for row in rows if row.strip()]), 1, f"lines on a small terminal: {rows}")
        terminal.resize(60, 15)
        terminal.wait_text("GET /")
        terminal.resize(20, 5)
        terminal.wait_gone("GET /")
        equal(terminal.quit(), 0, "exit code on a small terminal")
        terminal.check_restored()
    for changes in ({"NO_COLOR": "1"}, {"TERM": "vt100"}):
        with Terminal([waymark(), "open", good], 80, 24, folder, environment(folder, **changes)) as terminal:
            terminal.wait_text("GET /", "50 spans")
            terminal.settle()
            colors = re.findall(rb"\x1b\[[0-9;]*\b(?:3[0-8]|4[0-8]|9[0-7])\b[0-9;:]*m", bytes(terminal.raw))
            equal(colors, [], f"colours with {changes}")
            equal(terminal.quit(), 0, f"exit code with {changes}")
            terminal.check_restored()
    for term in ("linux", "screen-256color", "tmux-256color", "xterm", "xterm-16color"):
        with Terminal([waymark(), "open", good], 80, 24, folder, environment(folder, TERM=term)) as terminal:
            terminal.wait(f"the journeys, or no terminfo of {term}",
                          lambda rows: find_row(rows, "50 spans") or terminal.process.poll() is not None)
            if terminal.process.poll() is None:
                equal(terminal.quit(), 0, f"exit code with TERM={term}")
            terminal.check_restored()


EVIL = (
    "\x1b[2J\x1b[31mESC", "\x1b]52;c;ZXZpbA==\x07OSC52", "\x1b]8;;http://evil/\x1b\\OSC8", "\u009b31mCSI1", "\u009d0;t\u009c",
    "\x1bPq#0\x1b\\DCS", "a\rb\nc\td\x08e\x0ef", "\u202eBIDI\u202c", "\u2066x\u2069\u200f", "\u200bZERO\ufeff",
    "\U000e0041TAG", "z" + "\u0301" * 40, "\x7fDEL\0NUL", "宽字符😀👨‍👩‍👧", "e\u0301\u0308", "\u2028line\u2029", "\ufff9anno\ufffb")


def hostile_file(folder):
    """Every text of a trace tries to take the terminal over."""
    lines = []
    for number, evil in enumerate(EVIL * 2):
        fields = {
            "attributes": [traces.text_attribute(evil, evil), traces.text_attribute("http.route", evil)],
            "events": [{"name": evil, "timeUnixNano": str(traces.START + number * 1_000_000 + 5),
                        "attributes": [traces.text_attribute(evil, evil)]}],
            "links": [{"traceId": f"{number + 1:032x}", "spanId": "00000000000000ff", "traceState": evil,
                       "attributes": [traces.text_attribute(evil, evil)]}],
            "status": {"code": 2, "message": evil}, "traceState": evil}
        root = traces.span(number, "run " + evil, milliseconds=100 + number, **fields)
        child = traces.span(number, evil, parent=True, milliseconds=50, **fields)
        extra = {"service.version": evil, "deployment.environment.name": evil, "host.name": evil, evil: evil}
        lines.append(traces.line([root, child], "svc " + evil, **extra))
    return traces.write(os.path.join(folder, "hostile.jsonl"), lines)


# What nothing from data may put on a terminal: C0 but line ends, C1, bidi controls, line separators, zero widths, tags.
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]")
MARKS = re.compile("[\u0300-\u036f]{5}")
SGR = re.compile(r"\x1b\[[0-9;:]*m")


def hostile(folder):
    path = hostile_file(folder)
    for screen in ("journeys", "journey", "trace"):
        for number in range(len(EVIL)):
            trace = ["--trace", f"{number + 1:x}"] if screen == "trace" else []
            for form in ("text", "ansi"):
                done = run("render", "--screen", screen, "--size", "160x50", "--format", form, *trace, path, folder=folder)
                equal(done.returncode, 0, f"exit code of render {screen}: {done.stderr.decode()}")
                text = done.stdout.decode("utf-8")
                if form == "ansi":
                    text = SGR.sub("", text)
                if number == 0 and screen == "trace":
                    expect("^[" in text, f"an escape is not drawn visibly\n{text}")
                found = FORBIDDEN.search(text) or MARKS.search(text)
                expect(not found, f"render {screen} {form} of {EVIL[number]!r} gives {found and found[0]!r}")
            if screen != "trace":
                break
    table = run("summary", path, folder=folder)
    equal(table.returncode, 0, "exit code of summary")
    found = FORBIDDEN.search(table.stdout.decode())
    expect(not found, f"the table of summary gives {found and found[0]!r}")
    json.loads(run("summary", "--format", "json", path, folder=folder).stdout)
    live_hostile(folder, path)


# What a terminal driver may send by itself: cursor, colours, erasing, modes, character sets, titles of our own.
SEQUENCES = re.compile(rb"\x1b\[[0-9;:?>=]*[ -/]*[@-~]|\x1b[()][0-9A-Z]|\x1b[=>78M\\]|\x1b\]2;waymark[^\x07\x1b]*(?:\x07|\x1b\\)")


def live_hostile(folder, path):
    with Terminal([waymark(), "open", path], 160, 50, folder) as terminal:
        terminal.wait_text(f"{2 * len(EVIL) * 2} spans")
        terminal.settle()
        for _ in range(len(EVIL)):
            terminal.type("Enter")
            terminal.wait_text("[2 Journey]")
            terminal.type("Enter")
            terminal.wait_text("[3 Trace]")
            terminal.type("j", "G", "k")
            terminal.settle(0.1, 1)
            terminal.type("1")
            terminal.wait_text("[1 Journeys]")
            terminal.type("j")
        equal(terminal.quit(), 0, "exit code")
        rest = SEQUENCES.sub(b"", bytes(terminal.raw)).decode("utf-8")
        # Moves that terminfo uses are not from data; nor is what the terminal itself is told.
        rest = rest.translate({ord(letter): None for letter in "\r\n\b\t\x0e\x0f"})
        found = FORBIDDEN.search(rest)
        expect(not found, f"the terminal got {found and rest[max(0, found.start() - 40):found.end() + 40]!r}")
        for word in (b"]52;", b"]8;", b"\x1bP"):
            expect(b"\x1b" + word not in terminal.raw, f"the terminal got {word!r}")
        terminal.check_restored()


main({
    "files": files, "line": line_70001, "journeys": journeys, "options": options, "ports": ports, "terminals": terminals,
    "hostile": hostile,
})
