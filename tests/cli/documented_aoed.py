#!/usr/bin/env python3
"""An aoed that answers as docs/control.md says: documented_aoed.py DOCUMENT SOCKET

Each request gets the answer of the example with the same method and parameters, or else of the
method's first example that succeeds.
Reads of the exports grow with every look, so that there are rates. Ends when killed."""
import json
import re
import socket
import sys
import threading


def examples(document):
    for block in re.findall(r"```control\n(.*?)```", open(document).read(), re.S):
        for part in re.split(r"^-> ", block, flags=re.M)[1:]:
            request, answer = part.split("\n<- ")
            join = lambda text: json.loads("".join(line.strip() for line in text.splitlines()).replace(",...", ""))
            yield join(request), join(answer)


class Daemon:
    def __init__(self, document):
        self.examples = list(examples(document))
        self.looks = 0
        self.export = next(a for q, a in self.examples if q["method"] == "export.show" and "result" in a)

    def answer(self, request):
        said = lambda message: {k: v for k, v in message.get("params", {}).items() if v not in (None, False)}
        same = [a for q, a in self.examples if q["method"] == request["method"] and q["v"] == request["v"]
                and said(q) == said(request)]
        any_other = [a for q, a in self.examples if q["method"] == request["method"] and "result" in a]
        answer = json.loads(json.dumps((same or any_other)[0]))
        if request["method"] == "export.list":
            self.looks += 1
            first = json.loads(json.dumps(self.export["result"]["export"]))
            first["statistics"]["reads"] += 1000 * self.looks
            first["statistics"]["read_latency"]["counts"][4] += 1000 * self.looks
            answer["result"]["exports"].insert(0, first)
        answer["id"] = request["id"]
        return json.dumps(answer)

    def serve(self, client):
        for line in client.makefile("r"):
            client.sendall((self.answer(json.loads(line)) + "\n").encode())


def main():
    daemon = Daemon(sys.argv[1])
    server = socket.socket(socket.AF_UNIX)
    server.bind(sys.argv[2])
    server.listen()
    while True:
        client, _ = server.accept()
        threading.Thread(target=daemon.serve, args=(client,), daemon=True).start()


main()
