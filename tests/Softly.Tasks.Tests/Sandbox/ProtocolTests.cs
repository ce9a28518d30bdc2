using Softly.Sandbox;

namespace Softly.Tests.Sandbox;

/// <summary>What programs and tests can tell each other: in both sandboxes a call is as it would be in one interpreter.</summary>
[Trait("Weight", "Story")]
[Collection(nameof(OneSandboxAtATime))]
public class ProtocolTests
{
    [Theory]
    [InlineData("values come back as they went",
        "def f(x): return x",
        """
        for v in [None, True, False, 0, -1, 2**70, -2**70, 10**6000, 1.5, -0.0, float("inf"), 1e-320, "", "é😀", "\ud800",
                  b"\x00\xff", 1+2j, (), (1,), [1, [2]], {1, 2}, frozenset([1]), {"a": [1], 2: None},
                  bytearray(b"ab"), range(1, 9, 3)]:
            w = f(v)
            assert w == v and type(w) is type(v), v
            assert repr(w) == repr(v) if type(v) is not int else True
        n = f(float("nan"))
        assert n != n
        """)]
    [InlineData("what is changed in place comes back",
        "def f(x):\n    x.sort()\n    x.append(x[0])\n",
        """
        x = [3, 1, 2]
        y = x
        assert f(x) is None
        assert y == [1, 2, 3, 1] and y is x
        """)]
    [InlineData("sharing and identity survive",
        "def f(x):\n    x[0].append(5)\n    x.reverse()\n    x.append({1: x[0]})\n    return x\n",
        """
        inner = []
        x = [inner, inner, [7]]
        r = f(x)
        assert r is x
        assert x[0] == [7] and x[1] is inner and x[2] is inner and inner == [5]
        assert x[3][1] is x[0]
        """)]
    [InlineData("dictionaries, sets and bytes change in place too",
        "def f(d, s, b):\n    d['k'] = d.pop('a')\n    s.discard(1)\n    b.extend(b'!')\n",
        """
        d, s, b = {'a': 1}, {1, 2}, bytearray(b'x')
        f(d, s, b)
        assert (d, s, b) == ({'k': 1}, {2}, bytearray(b'x!'))
        """)]
    [InlineData("a value that holds itself",
        "def f(x):\n    a = [x]\n    a.append(a)\n    return a\n",
        "r = f(1)\nassert r[1] is r and r[0] == 1")]
    [InlineData("subclasses are their bases",
        """
        import collections, enum
        class N(enum.IntEnum):
            A = 2
        P = collections.namedtuple("P", "x y")
        c = collections
        def f(x): return [N.A, P(1, 2), c.OrderedDict(a=1), c.Counter("aa"), c.defaultdict(int, {1: 2}), True]
        """,
        "assert f(1) == [2, (1, 2), {'a': 1}, {'a': 2}, {1: 2}, True]")]
    [InlineData("objects come back as themselves",
        """
        class C:
            def __init__(self, v): self.v = v
        def f(x, y=None):
            return C(x) if y is None else y.v
        """,
        "c = f(5)\nassert c and f(0, c) == 5 and f(0, y=c) == 5\nassert f(5) != f(5)")]
    [InlineData("what iterates can be iterated over",
        """
        def f(x):
            if x == 0: return map(str, [1, 2])
            if x == 1: return {1: 2}.keys()
            if x == 2: return (i * i for i in range(3))
            return [range(3), zip([1], [2])]
        """,
        """
        assert list(f(0)) == ['1', '2'] and set(f(1)) == {1} and len(f(1)) == 1 and sum(f(2)) == 5
        assert list(f(3)[0]) == [0, 1, 2]
        """)]
    [InlineData("an object that is no value equals nothing",
        "def f(x): return map(str, [1])",
        "assert f(0) != ['1']\nassert not (f(0) == ['1'])")]
    [InlineData("exceptions can be caught as what they are",
        """
        class Mine(ValueError): pass
        def f(x): raise Mine("no")
        """,
        """
        try: f(1)
        except ValueError as e: caught = str(e)
        assert caught == "no"
        """)]
    [InlineData("arguments by name, and defaults",
        "def f(a, *more, k=3, **rest): return [a, more, k, rest]",
        "assert f(1, 2, k=4, z=5) == [1, (2,), 4, {'z': 5}]")]
    [InlineData("state between calls",
        "n = 0\ndef f(x):\n    global n\n    n += x\n    return n\n",
        "assert [f(1), f(1), f(1)] == [1, 2, 3]")]
    [InlineData("another function of the program",
        "def helper(x): return x * 2\ndef f(x): return helper(x)\n",
        "assert f(2) == helper(2) == 4")]
    [InlineData("a memo that recurses deep",
        "import functools\n@functools.lru_cache(None)\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)\n",
        "assert f(300) == f(299) + f(298) > 10**62")]
    [InlineData("a sort in a recursion",
        "def f(n): return n if n == 0 else sorted([n], key=lambda x: f(n - 1))[0]\n",
        "assert f(80) == 80")]
    [InlineData("recursion has its usual limit",
        "def f(n):\n    try: return f(n + 1)\n    except RecursionError: return n\n",
        "assert 400 < f(0) < 2100")]
    [InlineData("a data class and typing, which look for their module",
        """
        from dataclasses import dataclass, astuple
        from typing import NamedTuple, Optional, List
        @dataclass
        class D:
            a: int
            b: Optional[List[int]] = None
        class T(NamedTuple):
            x: int
        def f(x): return [astuple(D(x)), T(x)]
        """,
        "assert f(1) == [(1, None), (1,)]")]
    public void A_call_is_as_in_one_interpreter(string what, string program, string test)
    {
        foreach (var box in Sandboxes.Names)
        {
            var run = Boxes.Run(box, program, [test]);
            Assert.True(run.Status == RunStatus.Passed, $"{box}: {what}: {run.Status}: {run.Reason}");
        }
    }

    [Theory]
    [InlineData("def f(x) return", RunStatus.SyntaxError)]
    [InlineData("def f(x):\n    return '\0'", RunStatus.SyntaxError)]
    [InlineData("def g(x): return 2", RunStatus.MissingEntryPoint)]
    [InlineData("f = 3", RunStatus.MissingEntryPoint)]
    [InlineData("import nothing_of_this_name\ndef f(x): return 2", RunStatus.RuntimeError)]
    [InlineData("raise SystemExit(0)\ndef f(x): return 2", RunStatus.RuntimeError)]
    [InlineData("def f(x): return 3", RunStatus.WrongAnswer)]
    [InlineData("def f(x): return None", RunStatus.WrongAnswer)]
    [InlineData("def f(x): return 1 / 0", RunStatus.RuntimeError)]
    [InlineData("def f(x): exit()", RunStatus.RuntimeError)]
    [InlineData("def f(x): return bytearray(400 << 20) + bytearray(400 << 20)", RunStatus.Memory)]
    [InlineData("x = bytearray(400 << 20) + bytearray(400 << 20)", RunStatus.Memory)]
    [InlineData("def f(x):\n    while True: pass", RunStatus.Timeout)]
    [InlineData("import time\ndef f(x): time.sleep(100)", RunStatus.Timeout)]
    [InlineData("while True: pass", RunStatus.Timeout)]
    [InlineData("def f(x): print('y' * 2000000); return 2", RunStatus.OutputLimit)]
    [InlineData("def f(x): return 'y' * 2000000", RunStatus.OutputLimit)]
    [InlineData("import os\ndef f(x): os._exit(0)", RunStatus.Crash)]
    public void Every_end_has_its_status(string program, RunStatus expected)
    {
        foreach (var box in Sandboxes.Names)
        {
            var run = Boxes.Run(box, program, ["assert f(1) == 2"], TimeSpan.FromSeconds(4));
            Assert.True(expected == run.Status, $"{box}: {run.Status}: {run.Reason}");
        }
    }

    /// <summary>The answer is there before the kernel has ended the process; the limit counts all the same, every time.</summary>
    [Fact]
    public void Too_much_output_is_never_outrun_by_the_answer()
    {
        foreach (var box in Sandboxes.Names)
            for (var trial = 0; trial < 15; trial++)
            {
                var run = Boxes.Run(box, "def f(x): print('y' * 2000000); return 2", ["assert f(1) == 2"], TimeSpan.FromSeconds(4));
                Assert.True(run.Status == RunStatus.OutputLimit, $"{box}, trial {trial}: {run.Status}: {run.Reason}");
            }
    }

    [Theory]
    [InlineData("assert f(1) ==")]
    [InlineData("import no_such_module\nassert f(1) == 2")]
    [InlineData("assert f(lambda: 1) == 2")]
    public void Tests_that_do_not_work_are_no_fault_of_a_program(string test)
    {
        foreach (var box in Sandboxes.Names)
        {
            var imports = test.Split('\n').Where(l => l.StartsWith("import", StringComparison.Ordinal)).ToArray();
            var problem = new CodeProblem("f", null, [test.Split('\n')[^1]], imports, "");
            var run = new ProgramJudge(Boxes.Need(box)).Judge(problem, "def f(x): return 2\n");
            Assert.True(run.Status == RunStatus.SandboxUnavailable, $"{box}: {run.Status}: {run.Reason}");
        }
    }

    [Fact]
    public void A_test_that_catches_everything_does_not_hide_that_the_program_ended()
    {
        foreach (var box in Sandboxes.Names)
        {
            var run = Boxes.Run(
                box, "def f(x): raise SystemExit", ["try:\n    f(1)\nexcept:\n    pass", "assert True"]);
            Assert.True(run.Status == RunStatus.RuntimeError, $"{box}: {run.Status}: {run.Reason}");
        }
    }

    [Theory]
    [InlineData("wasm")]
    [InlineData("bwrap")]
    public void The_share_of_asserts_can_be_the_score(string box)
    {
        const string Check = """
            def check(candidate):
                assert candidate(1) == 2
                assert candidate(2) == 3
                for i in (3, 4):
                    assert candidate(i) == i + 1, "no"
            """;
        var judge = new ProgramJudge(Boxes.Need(box), everyAssert: true);
        var run = judge.Judge(new CodeProblem("f", Check, [], [], ""), "def f(x): return x + 1 if x != 2 else 0\n");
        Assert.Equal((RunStatus.WrongAnswer, 3, 4), (run.Status, run.Held, run.Tests));
        run = judge.Judge(
            new CodeProblem("f", null, ["assert f(1) == 2", "assert f(2) == 3"], [], ""), "def f(x): return x + 1\n");
        Assert.Equal((RunStatus.Passed, 2, 2), (run.Status, run.Held, run.Tests));
        run = judge.Judge(new CodeProblem("f", Check, [], [], ""), "def f(x): raise ValueError\n");
        Assert.Equal((RunStatus.RuntimeError, 0), (run.Status, run.Held));
    }
}
