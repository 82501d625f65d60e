#!/usr/bin/env python3
"""Runs `aoe top` in a pseudo-terminal: top_pty.py AOE SOCKET. Exits 0 when the screen and the end are as they should be.

What the program draws is replayed on a small terminal of our own, which knows the few sequences of TERM=vt100."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

ROWS, COLUMNS = 24, 80


class Screen:
    """Enough of a VT100: text, cursor movement, erasing. Text beyond the last column is a failure."""
    def __init__(self, rows, columns):
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.overflow = False
        self.pending = ""

    def feed(self, text):
        text = self.pending + text
        self.pending = ""
        position = 0
        while position < len(text):
            if text[position] == "\x1b":
                match = re.compile(r"\x1b(\[[?]?([0-9;]*)([A-Za-z])|[()].|\]R|[=>78DMEHc])").match(text, position)
                if match is None:
                    if len(text) - position < 16:
                        self.pending = text[position:]
                        return
                    raise SystemExit(f"unknown sequence {text[position:position + 16]!r}")
                if match.group(3):
                    self.control(match.group(3), match.group(2))
                position = match.end()
                continue
            self.put(text[position])
            position += 1

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.row = min(self.row + 1, len(self.cells) - 1)
        elif char == "\b":
            self.column = max(self.column - 1, 0)
        elif char == "\t":
            self.column = min((self.column // 8 + 1) * 8, len(self.cells[0]) - 1)
        elif char >= " ":
            if self.column >= len(self.cells[0]):
                self.overflow = True
                return
            self.cells[self.row][self.column] = char
            self.column += 1

    def control(self, what, arguments):
        numbers = [int(n) if n else 0 for n in arguments.split(";")] if arguments else [0]
        one = max(numbers[0], 1)
        last_row, last_column = len(self.cells) - 1, len(self.cells[0]) - 1
        if what in "Hf":
            self.row = min(max(numbers[0], 1) - 1, last_row)
            self.column = min(max(numbers[1] if len(numbers) > 1 else 1, 1) - 1, last_column)
        elif what == "A":
            self.row = max(self.row - one, 0)
        elif what == "B":
            self.row = min(self.row + one, last_row)
        elif what == "C":
            self.column = min(self.column + one, last_column)
        elif what == "D":
            self.column = max(self.column - one, 0)
        elif what == "d":
            self.row = min(one - 1, last_row)
        elif what == "G":
            self.column = min(one - 1, last_column)
        elif what == "X":
            end = min(self.column + one, last_column + 1)
            self.cells[self.row][self.column:end] = [" "] * (end - self.column)
        elif what in "@P":
            line = self.cells[self.row]
            if what == "@":
                line[self.column:self.column] = [" "] * one
            else:
                del line[self.column:self.column + one]
            self.cells[self.row] = (line + [" "] * (last_column + 1))[:last_column + 1]
        elif what == "K":
            begin, end = {0: (self.column, last_column + 1), 1: (0, self.column + 1), 2: (0, last_column + 1)}[numbers[0]]
            self.cells[self.row][begin:end] = [" "] * (end - begin)
        elif what == "J":
            for row in range(self.row + 1 if numbers[0] == 0 else 0, last_row + 1):
                self.cells[row] = [" "] * (last_column + 1)
            if numbers[0] == 0:
                self.cells[self.row][self.column:] = [" "] * (last_column + 1 - self.column)

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Top:
    def __init__(self, aoe, socket, term):
        self.master, slave = pty.openpty()
        self.slave = slave
        set_size(slave, ROWS, COLUMNS)
        self.before = termios.tcgetattr(slave)
        self.screen = Screen(ROWS, COLUMNS)
        self.raw = ""
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(slave, fd)
            os.environ["TERM"] = term
            os.execv(aoe, [aoe, "top", "-d", "0.2", "--socket", socket])

    def read(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            text = os.read(self.master, 65536).decode("ascii")
            self.raw += text
            self.screen.feed(text)

    # Until the screen shows what is looked for; bounded.
    def expect(self, pattern):
        for _ in range(200):
            self.read(0.1)
            if any(re.search(pattern, line) for line in self.screen.lines()):
                return
        raise SystemExit(f"nothing like {pattern!r} on the screen:\n" + "\n".join(self.screen.lines()))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, rows, columns):
        self.screen = Screen(rows, columns)
        set_size(self.master, rows, columns)
        os.kill(self.pid, signal.SIGWINCH)

    def ends(self, status):
        for _ in range(200):
            self.read(0.05)
            pid, got = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
            raise SystemExit("aoe top does not end")
        self.read(0.2)
        check(os.waitstatus_to_exitcode(got) == status, f"exit status {os.waitstatus_to_exitcode(got)}, not {status}")
        check(termios.tcgetattr(self.slave) == self.before, "the terminal's settings are not restored")
        check(not self.screen.overflow, "a line is longer than the screen")
        os.close(self.slave)
        os.close(self.master)


def check(condition, complaint):
    if not condition:
        raise SystemExit(complaint)


def walk_through(top):
    top.expect(r"^aoed 0\.1\.0 .*exports 2 ")
    top.expect(r"^EXPORT +R/s +W/s .* NAME")
    top.expect(r"^e1\.2 +[1-9][0-9.]*k? .*database of rack 7|^e1\.2 +[1-9][0-9.]*k? .*database")
    top.expect(r"q quit$")
    top.type("c")
    top.expect(r"^db1 +e1\.2 ")
    top.type("i")
    top.expect(r"^eth1 +up +9000 ")
    top.type("e/1.3\r")
    top.expect(r"^only with: 1\.3$")
    check(not any(line.startswith("e1.2") for line in top.screen.lines()), "the filter does not filter")
    top.type("\x1b")
    top.expect(r"^e1\.2 ")
    top.type("p")
    top.expect(r"PAUSED")
    top.resize(12, 60)
    top.expect(r"^EXPORT ")
    top.expect(r"^e1\.3 ")


def main():
    aoe, socket = sys.argv[1:]
    # vt100 has no colours.
    for term in ("vt100", "linux"):
        top = Top(aoe, socket, term)
        walk_through(top)
        top.type("q")
        top.ends(0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        top = Top(aoe, socket, "vt100")
        top.expect(r"^e1\.2 ")
        os.kill(top.pid, number)
        top.ends(0)
    top = Top(aoe, socket, "no-such-terminal")
    top.ends(1)


main()
