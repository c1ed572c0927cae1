"""Streams events to the real server with nothing but a socket, as STREAM.md shows it.

A client that sends and half-closes, one over the Unix socket that is killed with its server and sends
again, a log shipper that reads nothing, and a wrong key. Counts must be exact.
"""
import json
import os
import shutil
import socket
import tempfile

from faultlog import Server, fail


def event(number):
    return json.dumps({"id": f"{number:032x}", "type": "StreamError",
                       "message": f"m {number}"}) + "\n"


def connect(server, door):
    if door == "tcp":
        host, port = server.stream.rsplit(":", 1)
        return socket.create_connection((host, int(port)), timeout=60)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(server.stream_socket)
    return connection


def exchange(server, door, text):
    """Sends all, ends sending, and returns the lines that come."""
    with connect(server, door) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        return [json.loads(line) for line in connection.makefile()]


def total(answers, name):
    return sum(answer.get(name, 0) for answer in answers)


def check(condition, message):
    if not condition:
        fail(message)


def main():
    folder = tempfile.mkdtemp(prefix="faultlog-stream-")
    server = Server(os.path.join(folder, "store"), stream=True).start()
    key = server.ctl_json("projects", "create", "shop")["key"]
    hello = json.dumps({"hello": 1, "key": key}) + "\n"

    # As `(echo HELLO; cat FILE) | nc -N` does it.
    lines = "".join(event(number) for number in range(5000))
    answers = exchange(server, "tcp", hello + lines + "oops\n" + event(7))
    check(answers[-1].get("ack") == 5002, f"the last answer is {answers[-1]}")
    check((total(answers, "accepted"), total(answers, "duplicate"), total(answers, "refused"))
          == (5000, 1, 1), f"the acks are {answers}")
    print(f"5002 lines over TCP: {len(answers) - 1} acks, offset {answers[-1]['offset']}")

    # Killed in the middle: what has no ack is sent again, and counted once.
    acked = 0
    with connect(server, "unix") as connection:
        connection.sendall(hello.encode())
        reader = connection.makefile()
        reader.readline()
        for number in range(5000, 8000):
            connection.sendall(event(number).encode())
            if number == 6500:
                acked = json.loads(reader.readline())["ack"]
                server.kill()
                break
    server.start()
    again = "".join(event(number) for number in range(5000 + acked, 8000))
    answers = exchange(server, "unix", hello + again)
    check(answers[-1]["ack"] == 3000 - acked, f"the last answer is {answers[-1]}")
    print(f"kill -9 behind ack {acked}: {total(answers, 'duplicate')} sent twice, counted once")

    # A log shipper: the key in each event, nothing read.
    shipped = "".join(event(number)[:-2] + f', "key": "{key}"}}\n' for number in range(8000, 9000))
    check(exchange(server, "tcp", shipped) == [], "a quiet stream was answered")

    wrong = exchange(server, "tcp", '{"hello":1,"key":"pk_0"}\n' + event(1))
    check([answer.get("error") for answer in wrong] == ["unknown_key"], f"the answer is {wrong}")
    web = exchange(server, "tcp", "GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    check([answer.get("error") for answer in web] == ["invalid_json"], f"the answer is {web}")

    server.wait_folded()
    events = sum(issue["events"] for issue in server.issues())
    check(events == 9000, f"{events} events are counted instead of 9000")
    with open(os.path.join(folder, "export"), "w") as export:
        export.write(server.ctl("log", "cat", "--format", "ndjson"))
    with open(os.path.join(folder, "export")) as export:
        captured = [line for line in export if '"event.captured"' in line]
    check(len(captured) == 9000, f"{len(captured)} events are in the log")
    check(not any(key in line for line in captured), "a key was stored with an event")
    status = server.status()["streams"]
    check(status["open"] == 0, f"streams are left open: {status}")

    # A server that stops says so.
    with connect(server, "tcp") as connection:
        connection.sendall(hello.encode())
        reader = connection.makefile()
        reader.readline()
        server.process.terminate()
        bye = json.loads(reader.readline())
        check("bye" in bye, f"the last line is {bye}")
    check(server.process.wait(60) == 0, "the server did not end well")
    shutil.rmtree(folder)
    print("streams: 9000 events over three kinds of clients, counted exactly")


if __name__ == "__main__":
    main()
