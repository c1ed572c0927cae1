"""Source maps to measure with: those of BENCH_MAPS, else made up, of the sizes that bundlers write."""
import gzip
import json
import os
import random

# Segments and sources of the maps that are made: a page's script, an application, an editor.
SIZES = {"small": (7_600, 40), "middle": (195_000, 900), "large": (609_000, 3_500)}
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def find(folder):
    """Paths by name; BENCH_MAPS names files or folders, also packed ones, divided by colons."""
    given = [entry for entry in os.environ.get("BENCH_MAPS", "").split(":") if entry]
    paths = []
    for entry in given:
        names = sorted(os.listdir(entry)) if os.path.isdir(entry) else [""]
        paths += [os.path.join(entry, name) if name else entry for name in names
                  if (name or entry).endswith((".map", ".map.gz"))]
    if not paths:
        return {name: make(folder, name, *size) for name, size in SIZES.items()}
    found = {}
    for path in paths:
        name = os.path.basename(path).removesuffix(".gz").removesuffix(".map")
        if path.endswith(".gz"):
            plain = os.path.join(folder, name + ".map")
            with gzip.open(path) as packed, open(plain, "wb") as file:
                file.write(packed.read())
            path = plain
        found[name] = path
    return found


def vlq(value):
    bits = abs(value) << 1 | (value < 0)
    text = ""
    while True:
        digit, bits = bits & 31, bits >> 5
        text += DIGITS[digit | (32 if bits else 0)]
        if not bits:
            return text


def make(folder, name, segments, sources):
    """Tokens of a minified bundle on a few lines, each source's text beside them; always the same."""
    rng = random.Random(segments)
    words = ["const", "item", "total", "return", "await", "fetch", "response", "checkout", "price",
             "function", "render", "props", "state", "if", "else", "map", "filter", "=>", "(", ")"]
    contents = ["\n".join("  " + " ".join(rng.choices(words, k=9)) + ";" for _ in range(50))
                for _ in range(sources)]
    names = sorted({f"{rng.choice(words[:18])}{rng.randrange(sources * 9)}"
                    for _ in range(sources * 9)})
    mappings, last, per_source = [], [0, 0, 0, 0], segments // sources
    for source in range(sources):
        line = 0
        for place in range(per_source):
            line += rng.random() < 0.12
            column = rng.randrange(90)
            now = [source, line, column, last[3]]
            text = vlq(rng.randrange(1, 14)) + "".join(
                vlq(now[i] - last[i]) for i in range(3))
            if rng.random() < 0.3:
                now[3] = rng.randrange(len(names))
                text += vlq(now[3] - last[3])
            last = now
            mappings.append(text)
    path = os.path.join(folder, f"{name}.map")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": 3, "sources": [f"src/m{n}.ts" for n in range(sources)],
                   "sourcesContent": contents, "names": names, "mappings": ",".join(mappings)}, file)
    return path
