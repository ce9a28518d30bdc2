# The side of the tests: code of the data set alone runs here. What the program answers comes as plain values, or as an opaque
# object that equals nothing but itself.
import builtins


ENDS = []


class Stopped(BaseException):
    """The grading is over, with a status and a reason; also where a test catches everything."""

    def __init__(self, *end):
        ENDS.append(end)


class Opaque:
    """An object of the other side: its truth is known, and what it holds where it is an iterator or a view."""

    __slots__ = ("_number", "_truth", "_kind", "_items", "_sized")

    def __init__(self, number, truth, kind, items, sized):
        self._number, self._truth, self._kind, self._items, self._sized = number, truth, kind, items, sized

    def __bool__(self):
        if self._truth is None:
            raise TypeError("the truth of a '%s' cannot be told" % self._kind)
        return self._truth

    def __iter__(self):
        if self._items is None:
            raise TypeError("a '%s' cannot be iterated over" % self._kind)
        return iter(self._items)

    def __len__(self):
        if not self._sized:
            raise TypeError("a '%s' has no length" % self._kind)
        return len(self._items)

    def __repr__(self):
        return "<%s>" % self._kind


OBJECTS, RAISED, ANSWERS = {}, [], []
CONTAINERS = ((b"l", list), (b"e", set), (b"d", dict), (b"a", bytearray))


def arrived(reader, tag):
    if tag != b"o":
        return foreign(reader, tag)
    number = int(reader.until())
    truth = {b"0": False, b"1": True}.get(reader.data[reader.at:reader.at + 1])
    reader.at += 1
    kind = reader.value()
    how = reader.data[reader.at:reader.at + 1]
    reader.at += 1
    items = None if how == b"-" else reader.value()
    if number not in OBJECTS:
        OBJECTS[number] = Opaque(number, truth, str(kind), items, how == b"*")
    return OBJECTS[number]


def departing(packer, value):
    if type(value) is not Opaque:
        raise Stopped("unsupported", "the tests pass a '%s', which cannot be sent to the program" % type(value).__name__)
    packer.put(b"h%d;" % value._number)


def proxy(name):
    def call(*arguments, **keywords):
        packer = Packer((), departing)
        packer.put(b"C")
        try:
            packer.value(name)
            packer.value(arguments)
            packer.value(keywords)
        except TooMuch as error:  # of its own answers, perhaps
            raise Stopped("output_limit" if ANSWERS else "unsupported", "the tests pass %s" % error)
        send(packer.bytes())
        return answer(receive(), packer.alive)

    call.__name__ = call.__qualname__ = name
    return call


def answer(reply, known):
    """What the program gave back. Its bytes may be anything."""
    reader = Reader(reply, 1, known, arrived)
    error = None
    try:
        if reply[:1] == b"R":
            value = reader.value()
            for _ in range(int(reader.until())):
                made = known[int(reader.until())]
                tag = reply[reader.at:reader.at + 1]
                reader.at += 1
                if tag != next(tag for tag, kind in CONTAINERS if isinstance(made, kind)):
                    raise ValueError("a container of another kind")
                reader.fill(made, tag)
            ANSWERS.append(True)
            return value
        if reply[:1] == b"O":
            raise Stopped("output_limit", "answers with %s" % reader.value())
        if reply[:1] != b"E":
            raise ValueError("no answer begins so")
        ordinary, base, name, words = reader.value(), reader.value(), reader.value(), reader.value()
        if type(ordinary) is not bool or not (type(base) is type(name) is type(words) is str):
            raise ValueError("no exception is told so")
        told = ("%s%s" % (name, ": " + words if words else ""))[:300]
        if base == "MemoryError":
            raise Stopped("memory", "ran out of memory")
        if not ordinary:
            raise Stopped("runtime_error", "stopped with " + told)
        kind = getattr(builtins, base, Exception)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            kind = Exception
        if issubclass(kind, (StopIteration, StopAsyncIteration)):  # it would end a loop of the tests, which then hold
            raise Stopped("runtime_error", "raises " + told)
        error = made_as(kind, words)
        RAISED.append((error, told))
    except (ValueError, IndexError, TypeError, RecursionError, OverflowError) as broken:
        raise Stopped("crash", "its answer cannot be read: %s" % broken)
    raise error


def made_as(kind, words):
    try:
        return kind(words)
    except Exception:  # of the few whose arguments are others
        return Exception(words)


def names_of(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if type(constant) is type(code):
            names |= names_of(constant)
    return names


class Names(dict):
    """The tests' names. A module of the standard library that they use and nobody imported is their own, not the program's."""

    def __missing__(self, name):
        known = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
        if name in known and not name.startswith("_") and not hasattr(builtins, name):
            self[name] = __import__(name)
            return self[name]
        raise KeyError(name)


def begun(prompt, entry, space):
    """Runs the beginning of a program that the question is: its helpers are the data set's, and so the tests' own. The names
    that it defines, and why it stopped, if it did."""
    import symtable

    for whole in (prompt, prompt + "\n    pass\n"):  # what is asked for may have no body yet
        try:
            code = compile(whole, "<problem>", "exec", dont_inherit=True)
            break
        except (SyntaxError, ValueError):
            code = None
    if code is None:
        return set(), None  # a question in words
    symbols = symtable.symtable(whole, "<problem>", "exec").get_symbols()
    own = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    stopped = None
    try:
        exec(code, space)
    except Exception as error:  # examples that call what is asked for, or an import that is not here
        stopped = error
    return own - {entry}, stopped


HELD, FAILED, ERROR = "assert held", "assert failed", "assert error"  # names that no source can spell


def counted(source):
    """The tests with every assert on its own, and how many there are: one that fails does not hide the next."""
    import ast

    found = []

    class Apart(ast.NodeTransformer):
        def visit_Assert(self, node):
            found.append(node)
            return ast.Try(
                body=[node], orelse=[ast.Expr(ast.Call(ast.Name(HELD, ast.Load()), [], []))], finalbody=[],
                handlers=[ast.ExceptHandler(
                    ast.Name("Exception", ast.Load()), ERROR,
                    [ast.Expr(ast.Call(ast.Name(FAILED, ast.Load()), [ast.Name(ERROR, ast.Load())], []))])])

    tree = ast.fix_missing_locations(Apart().visit(ast.parse(source)))
    return compile(tree, "<tests>", "exec"), len(found)


def verdict_of(error):
    """Status and reason of an exception that reached the end of the tests."""
    if ENDS:
        return ENDS[0]
    for raised, told in RAISED:
        if raised is error:
            return "runtime_error", "raises " + told
    if isinstance(error, AssertionError):
        return "wrong_answer", "a test does not hold"
    if isinstance(error, MemoryError) and not ANSWERS:
        return "unsupported", "the tests ran out of memory before the program answered"
    if isinstance(error, MemoryError):
        return "memory", "the tests ran out of memory on its answer"
    if isinstance(error, NameError):
        return "missing_entry_point", "the tests need what it does not define: %s" % error
    return "wrong_answer", "a test stops on its answer with %s" % type(error).__name__


def grade(entry, prompt, tests, imports, every, names):
    """Status, tests that held, all tests, reason."""
    right, wrong, written = [], [], 0  # single asserts, where they are counted; one in a loop is written once
    space = Names({"__name__": "tests", "__builtins__": builtins})
    parts = [tests] if type(tests) is str else tests
    try:
        codes = []
        for part in parts:
            if every:
                code, asserts = counted(part)
                written += asserts
            else:
                code = compile(part, "<tests>", "exec", dont_inherit=True)
            codes.append(code)
    except (SyntaxError, ValueError) as error:
        return "unsupported", 0, 0, "the tests cannot be compiled: %s" % error
    used = set().union(*[names_of(code) for code in codes])
    own, stopped = begun(prompt, entry, space)
    for name in names:
        if type(name) is str and name in used and name not in own and not hasattr(builtins, name):
            space[name] = proxy(name)
    space[entry] = proxy(entry)
    space[HELD], space[FAILED] = lambda: right.append(1), wrong.append  # after all that has names from the program
    try:
        for line in imports:
            exec(line, space)
    except Exception as error:
        return "unsupported", 0, 0, "the tests' imports fail: %s" % error
    if any(name not in space for name in own & used):
        return "unsupported", 0, 0, "the prompt defines what the tests need, and cannot be run: %s" % stopped
    done = 0
    try:
        for code in codes:
            exec(code, space)
            done += 1
        if type(tests) is str:
            if "check" not in space:
                return "unsupported", 0, 0, "the tests define no check(candidate)"
            space["check"](proxy(entry))
    except BaseException as error:
        status, reason = verdict_of(error)
        if every:
            return status, len(right), max(len(right) + len(wrong) + 1, written), reason
        return status, done, len(codes), reason
    if wrong or ENDS:
        status, reason = verdict_of(wrong[0] if wrong else None)
        return status, len(right), max(len(right) + len(wrong), written), reason
    count = len(right) if every else len(codes)
    return "passed", count, count, "all tests hold"


def main():
    send(b"H")
    request = receive()
    try:
        reader = Reader(request, 1, [], foreign)
        entry, prompt, tests, imports, every = [reader.value() for _ in range(5)]
        try:
            names = reader.value()
        except (ValueError, IndexError, TypeError, RecursionError, OverflowError):
            names = None
        if type(names) is list:
            verdict = grade(entry, prompt, tests, imports, every, names)
        else:
            verdict = "crash", 0, 0, "its list of names cannot be read"
    except MemoryError:
        verdict = "memory", 0, 0, "the tests ran out of memory on its answer"
    except RecursionError:
        verdict = "runtime_error", 0, 0, "the tests recursed too deep on its answer"
    packer = Packer((), departing)
    packer.put(b"V")
    for part in verdict:
        packer.value(part if type(part) is int else str(part)[:300])
    send(packer.bytes())


main()
