#!/usr/bin/env python3
# Changes a tree of files at random for a while, knowing what each must hold; and checks later that it does.
#
#   churn.py change DIRECTORY MANIFEST SECONDS SEED    works in DIRECTORY, checks as it goes, says in MANIFEST what is there
#   churn.py check DIRECTORY MANIFEST                  whether exactly that is there
#
# Exit status 1 and one line for the first difference.
import hashlib
import json
import os
import random
import sys
import time

FILES_MAX = 80
BYTES_MAX = 256 * 1024


def fail(text):
    sys.exit("churn: " + text)


class Churn:
    """One process's files, and what they must hold."""

    def __init__(self, directory, seed):
        self.directory = directory
        self.random = random.Random(seed)
        self.files = {}  # path below the directory -> bytearray
        self.folders = [""]
        self.number = 0

    def path(self, name):
        return os.path.join(self.directory, name)

    def some_file(self):
        return self.random.choice(list(self.files))

    def new_name(self):
        self.number += 1
        return os.path.join(self.random.choice(self.folders), "f%d" % self.number)

    def create(self):
        if len(self.files) >= FILES_MAX:
            return self.unlink()
        name = self.new_name()
        data = self.random.randbytes(self.random.randrange(1, BYTES_MAX) // self.random.choice([1, 8, 64]))
        with open(self.path(name), "xb") as file:
            file.write(data)
        self.files[name] = bytearray(data)

    def write(self):
        name = self.some_file()
        held = self.files[name]
        at = self.random.randrange(0, min(len(held) + 20000, BYTES_MAX))
        data = self.random.randbytes(self.random.choice([1, 511, 512, 4096, 5000, 65536]))
        with open(self.path(name), "r+b", buffering=0) as file:
            if os.pwrite(file.fileno(), data, at) != len(data):
                fail("short write to " + name)
            if self.random.random() < 0.1:
                os.fsync(file.fileno())
        if len(held) < at:
            held.extend(bytes(at - len(held)))
        held[at:at + len(data)] = data

    def truncate(self):
        name = self.some_file()
        held = self.files[name]
        size = self.random.randrange(0, len(held) + 8192)
        os.truncate(self.path(name), size)
        if size < len(held):
            del held[size:]
        else:
            held.extend(bytes(size - len(held)))

    def rename(self):
        old = self.some_file()
        new = self.some_file() if self.random.random() < 0.3 else self.new_name()
        if old == new:
            return
        os.rename(self.path(old), self.path(new))
        self.files[new] = self.files.pop(old)

    def unlink(self):
        name = self.some_file()
        os.unlink(self.path(name))
        del self.files[name]

    def make_folder(self):
        if len(self.folders) < 12:
            name = os.path.join(self.random.choice(self.folders), "d%d" % len(self.folders))
            os.mkdir(self.path(name))
            self.folders.append(name)

    def read(self):
        name = self.some_file()
        with open(self.path(name), "rb") as file:
            if file.read() != self.files[name]:
                fail("%s differs from what was written" % name)

    def run(self, seconds):
        actions = [self.create] * 6 + [self.write] * 14 + [self.truncate] * 2 + [self.rename] * 3
        actions += [self.unlink] * 2 + [self.make_folder] + [self.read] * 6
        end = time.monotonic() + seconds
        count = 0
        while time.monotonic() < end:
            action = self.random.choice(actions) if self.files else self.create
            action()
            count += 1
        return count

    def manifest(self):
        return {name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in self.files.items()}


def check(directory, manifest):
    found = {os.path.relpath(os.path.join(folder, name), directory)
             for folder, _, names in os.walk(directory) for name in names}
    for name in sorted(found ^ manifest.keys()):
        fail("%s %s" % (name, "should not be there" if name in found else "is missing"))
    for name, (size, digest) in manifest.items():
        with open(os.path.join(directory, name), "rb") as file:
            data = file.read()
        if [len(data), hashlib.sha256(data).hexdigest()] != [size, digest]:
            fail("%s differs: %d bytes in place of %d" % (name, len(data), size))


def main():
    if len(sys.argv) == 6 and sys.argv[1] == "change":
        churn = Churn(sys.argv[2], int(sys.argv[5]))
        os.makedirs(sys.argv[2], exist_ok=True)
        count = churn.run(float(sys.argv[4]))
        with open(sys.argv[3], "w", encoding="utf-8") as file:
            json.dump(churn.manifest(), file)
        print("# %d changes, %d files" % (count, len(churn.files)))
    elif len(sys.argv) == 4 and sys.argv[1] == "check":
        with open(sys.argv[3], encoding="utf-8") as file:
            check(sys.argv[2], json.load(file))
    else:
        fail("usage: churn.py change DIRECTORY MANIFEST SECONDS SEED | check DIRECTORY MANIFEST")


main()
