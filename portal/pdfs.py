"""What a PDF holds that must not be kept: too many pages, a lock, anything that runs, opens or carries other files.

No page is drawn and no library reads it: names are looked for in everything that a reader could take for an object, with a bound on
each step. What cannot be looked through is refused, so that the answer to doubt is no. Read by programs of staff, it is served as a
download only; this is the fence before that.
"""

from __future__ import annotations

import bisect
import itertools
import re
import zlib

# names of actions and of what carries them; a reader that is not asked to do any of this only shows pages
_RUNS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|ImportData|SubmitForm|GoToE|XFA|Movie|Sound)(?![A-Za-z0-9])")
_SCRIPT = re.compile(rb"/JS(?![A-Za-z0-9])")  # three letters: looked for where no compressed bytes can spell them
_LOCK = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z0-9])")
_KIDS = re.compile(rb"/Kids\s*\[([^\[\]]*)\]")
_REFERENCE = re.compile(rb"\d{1,10}\s{1,9}\d{1,5}\s{1,9}R")
_TREE = re.compile(rb"/Type\s*/Pages(?![A-Za-z0-9])")
_EDGE = re.compile(rb"<<|>>")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})")
_PLAIN_FLATE = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\s*\]?\s*(?:/|>>)")
_DICT_BYTES = 4096
_MOST_INFLATED = 8 * 1024 * 1024
_TAIL = 2048
_MOST_NODES = 2000
_REACH = 200


def fault_of(content: bytes, *, most_pages: int) -> str:
    """`damaged`, `locked`, `has_script` or `too_many_pages`; empty for a PDF that may be kept."""
    if b"%%EOF" not in content[-_TAIL:]:
        return "damaged"
    try:
        objects = _objects(content)
    except ValueError:
        return "damaged"
    whole = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)  # /J#61vaScript is /JavaScript
    if _LOCK.search(whole):
        return "locked"
    if _RUNS.search(whole) or _RUNS.search(objects) or _SCRIPT.search(objects):
        return "has_script"
    return "too_many_pages" if _pages(objects) > most_pages else ""


def _objects(content: bytes) -> bytes:
    """All that is not the inside of a stream, and the inside of the streams that hold objects; ValueError where one cannot be opened."""
    outside, inside, left, end = [], [], _MOST_INFLATED, 0
    for found in _STREAM.finditer(content):
        if found.start() < end or content[max(0, found.start() - 3) : found.start()] == b"end":
            continue
        outside.append(content[end : found.end()])
        words = content[max(end, found.start() - _DICT_BYTES) : found.start()]
        words = words[words.rfind(b" obj") + 1 :]
        end = content.find(b"endstream", found.end())
        if end < 0:
            raise ValueError("a stream does not end")
        if re.search(rb"/ObjStm|/First\b", words):
            body = _inflated(words, content[found.end() : end], left)
            left -= len(body)
            inside.append(body)
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), b"\n".join([*outside, content[end:], *inside]))


def _inflated(words: bytes, body: bytes, most: int) -> bytes:
    if b"/Filter" not in words:
        return body
    if not _PLAIN_FLATE.search(words) or b"/DecodeParms" in words:
        raise ValueError("objects packed in an unusual way")
    opener = zlib.decompressobj()
    try:
        made = opener.decompress(body, most)
    except zlib.error as fault:
        raise ValueError("objects that cannot be unpacked") from fault
    if opener.unconsumed_tail:
        raise ValueError("more objects than anybody writes")
    return made


def _pages(objects: bytes) -> int:
    """At least how many pages a reader would show: as many as there are, as are named, or as the tree says of itself."""
    named = (len(_REFERENCE.findall(kids[1])) for kids in _KIDS.finditer(objects))
    edges = [(found.start(), found[0] == b"<<") for found in _EDGE.finditer(objects)]
    places = [place for place, _opens in edges]
    told = (
        int(count[1])
        for node in itertools.islice(_TREE.finditer(objects), _MOST_NODES)
        for count in _COUNT.finditer(_dictionary(objects, edges, bisect.bisect(places, node.start())))
    )
    return max(len(_PAGE.findall(objects)), max(named, default=0), max(told, default=0))


def _dictionary(objects: bytes, edges: list[tuple[int, bool]], index: int) -> bytes:
    """The dictionary around a place, as far as it is within reach; `index` is the first of its edges after that place."""
    depth, first = 0, max(0, index - _REACH)
    for before in range(index - 1, first - 1, -1):
        depth += 1 if edges[before][1] else -1
        if depth > 0:
            first = before
            break
    depth, last = 0, min(len(edges), index + _REACH) - 1
    for after in range(index, last + 1):
        depth += -1 if edges[after][1] else 1
        if depth > 0:
            last = after
            break
    return objects[edges[first][0] : edges[last][0]] if edges else b""
