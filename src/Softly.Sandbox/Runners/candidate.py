# The side of the program that is judged. Nothing here guards anything: whatever the program does to this interpreter, it can
# only change its own answers, which are its to choose.
import builtins

builtins.exit = builtins.quit = sys.exit
if sys.platform == "wasi":
    # Calls through C are few there (a build constant): the memo of functools in Python recurses as deep as plain functions.
    import _functools

    del _functools._lru_cache_wrapper
    sys.setrecursionlimit(2000)

MODULE = type(sys)("answer")
SPACE = MODULE.__dict__
sys.modules["answer"] = MODULE
HANDLES, NUMBERS = [], {}
VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
MOST_ITEMS = 10000


def listed(value):
    """What an iterator or a view holds, and how it is told: + without a length, * with one; nothing for other objects."""
    kind = type(value)
    sized = isinstance(value, VIEWS) or (kind.__module__ in ("collections", "array") and hasattr(kind, "__iter__"))
    if not sized and not hasattr(kind, "__next__"):
        return b"-", ()
    items = []
    try:
        for item in value:
            items.append(item)
            if len(items) > MOST_ITEMS:
                return b"-", ()
    except Exception:
        return b"-", ()
    return b"*" if sized else b"+", tuple(items)


def opaque(packer, value):
    """An object that stays here: its number, its truth, its type's name, what it holds where that can be told."""
    number = NUMBERS.get(id(value))
    if number is None:
        number = NUMBERS[id(value)] = len(HANDLES)
        HANDLES.append(value)
    try:
        truth = b"1" if value else b"0"
    except Exception:
        truth = b"2"
    packer.put(b"o%d;%s" % (number, truth))
    packer.value(str(type(value).__name__)[:80])
    how, items = listed(value)
    packer.put(how)
    if how != b"-":
        packer.value(items)


def handle(reader, tag):
    return HANDLES[int(reader.until())] if tag == b"h" else foreign(reader, tag)


def failure(error):
    """An exception: whether programs may catch it, the builtin it is one of, its own name, its words."""
    kind = type(error)
    name = next((base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"), "Exception")
    try:
        words = str(error)[:300]
    except BaseException:
        words = ""
    packer = Packer((), opaque)
    packer.put(b"E")
    for part in (issubclass(kind, Exception), name, str(kind.__name__)[:80], words):
        packer.value(part)
    return packer.bytes()


def told(tag, *values):
    packer = Packer((), opaque)
    packer.put(tag)
    for value in values:
        packer.value(value)
    return packer.bytes()


def load(request):
    reader = Reader(request, 1, [], handle)
    before, source, entry = reader.value(), reader.value(), reader.value()
    SPACE["__builtins__"] = builtins
    for text in before:
        try:
            exec(compile(text, "<problem>", "exec", dont_inherit=True), SPACE)
        except Exception:
            pass  # a question in words, or an import that only its tests need
    SPACE.pop(entry, None)
    try:
        code = compile(source, "<answer>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return told(b"S", "%s%s" % (str(getattr(error, "msg", error))[:300], "" if line is None else ", line %d" % line))
    exec(code, SPACE)
    if not callable(SPACE.get(entry)):
        return told(b"M")
    names = [name for name, value in SPACE.items() if type(name) is str and len(name) < 100 and callable(value)]
    return told(b"L", names[:500])


def shot(container):
    return list(container.items()) if isinstance(container, dict) else container.copy()


def changed(container, before):
    if isinstance(container, (set, bytearray)):
        return container != before
    now = shot(container)
    if len(now) != len(before):
        return True
    if isinstance(container, dict):
        return any(a[0] is not b[0] or a[1] is not b[1] for a, b in zip(now, before))
    return any(a is not b for a, b in zip(now, before))


def call(request):
    known = []
    reader = Reader(request, 1, known, handle)
    name, arguments, keywords = reader.value(), reader.value(), reader.value()
    before = [shot(container) for container in known]
    value = SPACE[name](*arguments, **keywords)
    packer = Packer(known, opaque)
    packer.put(b"R")
    packer.value(value)
    touched = [number for number, container in enumerate(known) if changed(container, before[number])]
    packer.put(b"%d;" % len(touched))
    for number in touched:
        packer.put(b"%d;" % number)
        packer.content(known[number])
    return packer.bytes()


def main():
    send(b"H")
    while True:
        request = receive()
        try:
            answer = load(request) if request[:1] == b"L" else call(request)
        except TooMuch as error:
            answer = told(b"O", str(error))
        except BaseException as error:
            answer = failure(error)
        send(answer)


main()
