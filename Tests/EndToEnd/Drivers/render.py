"""render.py SCREEN SIZE: a screen as text: exactly as large as asked for, the same every time, the same as ANSI."""
import os
import subprocess
import sys

import pyte
from wcwidth import wcswidth

from terminal import Emulator, Reader, equal, expect, main, run

TOOLS = os.environ["WAYMARK_TOOLS"]
JOURNEY = """journey: {name}
entry: app.journey.name={name} kind=server
slo:
  fast: {{target: 99%, under: {under}}}
  success: {{target: 99%}}
"""


def data(folder):
    """A small file with two journeys named in files and the rest found."""
    path = os.path.join(folder, "traces.jsonl")
    subprocess.run(
        [sys.executable, os.path.join(TOOLS, "make_traces.py"), "--spans", "20000", "--rate", "20", "--pool", "4",
         "--environments", "production,staging", "--out", path], check=True, stderr=subprocess.DEVNULL)
    journeys = os.path.join(folder, "journeys")
    os.mkdir(journeys)
    for name, under in (("checkout", "500ms"), ("add-to-cart", "100ms")):
        with open(os.path.join(journeys, f"{name}.yaml"), "w", encoding="utf-8") as file:
            file.write(JOURNEY.format(name=name, under=under))
    return ["--journeys", journeys, path]


def rendered(folder, *arguments, **changes):
    done = run("render", *arguments, folder=folder, **changes)
    equal((done.returncode, done.stderr.decode()), (0, ""), f"render {' '.join(arguments[:6])}")
    return done.stdout


def lines_of(output, columns, rows, what):
    text = output.decode("utf-8")
    expect(text.endswith("\n"), f"{what}: the last line does not end")
    lines = text[:-1].split("\n")
    equal(len(lines), rows, f"{what}: lines")
    for number, line in enumerate(lines):
        equal(wcswidth(line), columns, f"{what}: cells of line {number + 1}: {line!r}")
    return lines


def render(folder, screen, size):
    columns, rows = (int(part) for part in size.split("x"))
    source = data(folder)
    base = ["--screen", screen, "--size", size]
    # Below 60x15 a single line says so; the others are empty.
    plain = rendered(folder, *base, *source)
    lines = lines_of(plain, columns, rows, "text")
    expect(any(line.strip() for line in lines), "the screen is empty")
    equal(rendered(folder, *base, *source), plain, "a second run")
    equal(rendered(folder, *base, *source, TZ="Asia/Tokyo", COLUMNS="40", TERM="dumb", NO_COLOR="1"), plain,
          "a run in another environment")

    ascii_only = rendered(folder, *base, "--glyphs", "ascii", *source)
    expect(all(byte == 10 or 32 <= byte < 127 for byte in ascii_only), "--glyphs ascii is not ASCII")
    lines_of(ascii_only, columns, rows, "ascii")
    block = rendered(folder, *base, "--glyphs", "block", *source).decode()
    expect(not any("\u2800" <= letter <= "\u28ff" for letter in block), "--glyphs block has braille")

    for color in ("true", "256", "16", "never"):
        ansi = rendered(folder, *base, "--format", "ansi", "--color", color, *source)
        emulator = Emulator(columns, rows)
        emulator.set_mode(pyte.modes.LNM)
        Reader(emulator).feed(ansi.rstrip(b"\n"))
        equal([line.rstrip() for line in emulator.display], [line.rstrip() for line in lines], f"ansi with {color}")
        has_color = b"\x1b[38" in ansi or b"\x1b[3" in ansi or b";3" in ansi
        if color == "never":
            expect(b"38;" not in ansi and b"48;" not in ansi, "--color never has colours")
        elif rows >= 15 and columns >= 60:
            expect(has_color, f"--color {color} has no colours")


main({"render": render})
