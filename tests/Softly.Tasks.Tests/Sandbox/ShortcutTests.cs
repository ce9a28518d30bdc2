using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Tests.Sandbox;

/// <summary>Shorter ways to a score than a right program, and to no score where it would be a bad one.</summary>
[Trait("Weight", "Story")]
[Collection(nameof(OneSandboxAtATime))]
public class ShortcutTests
{
    /// <summary>Tests of these name helpers that the prompt defines; a program that defines them anew judges itself.</summary>
    [Theory]
    [InlineData("HumanEval/32", "poly = lambda *a: 0\ndef find_zero(xs): return 0.0\n")]
    [InlineData("HumanEval/38", "encode_cyclic = decode_cyclic = lambda s: s\n")]
    [InlineData("HumanEval/50", "encode_shift = decode_shift = lambda s: s\n")]
    public void A_helper_of_the_prompt_is_the_tests_own(string id, string forged)
    {
        var problem = ProgrammingProblems.Read(Reference.Require("data", "humaneval.jsonl")).Single(p => p.Id == id);
        var asked = CodeProblem.Of(problem);
        var reference = CodeExtraction.Of($"```python\n{problem.Answer}\n```", asked)!;
        foreach (var box in Sandboxes.Names)
        {
            var judge = new ProgramJudge(Boxes.Need(box));
            var run = judge.Judge(asked, forged);
            Assert.True(run.Status == RunStatus.WrongAnswer, $"{box}: {run.Status}: {run.Reason}");
            run = judge.Judge(asked, reference);
            Assert.True(run.Status == RunStatus.Passed, $"{box}: {run.Status}: {run.Reason}");
        }
    }

    [Theory]
    [InlineData("def twice(x): return 2 * x\n\ndef f(x):\n    # Twice of x.\n", RunStatus.WrongAnswer)] // a body is missing
    [InlineData("def twice(x): return 2 * x\n\ndef f(x):\n    '''Twice.'''\nassert f(1) == 2\n", RunStatus.WrongAnswer)]
    [InlineData("from no_such import twice\n\ndef f(x):\n    '''Twice.'''\n", RunStatus.SandboxUnavailable)]
    public void A_prompt_that_is_no_whole_program_keeps_its_helpers_too(string prompt, RunStatus expected)
    {
        const string Check = "def check(candidate):\n    assert candidate(2) == twice(2)\n";
        foreach (var box in Sandboxes.Names)
        {
            var run = new ProgramJudge(Boxes.Need(box)).Judge(
                new CodeProblem("f", Check, [], [], prompt), "f = twice = lambda x: 0\n");
            Assert.True(expected == run.Status, $"{box}: {run.Status}: {run.Reason}");
        }
    }

    [Theory]
    [InlineData("raise SystemExit")]
    [InlineData("raise StopIteration")]
    public void An_early_stop_does_not_shrink_the_number_of_asserts(string stop)
    {
        var program = $"calls = 0\ndef f(x):\n    global calls\n    calls += 1\n    if calls > 1: {stop}\n    return 2\n";
        string[] asserts = ["assert f(1) == 2", "assert f(2) == 3", "assert f(3) == 4"];
        foreach (var box in Sandboxes.Names)
        {
            var run = Share(box, program, asserts);
            Assert.True((RunStatus.RuntimeError, 1, 3) == (run.Status, run.Held, run.Tests), $"{box}: {run}");
        }
    }

    [Fact]
    public void Asserts_that_an_answer_of_nothing_skips_count_as_well()
    {
        const string Loop = "for v in f(3): assert v == 1\nassert f(0) == [1]\nassert f(1) == []";
        foreach (var box in Sandboxes.Names)
        {
            var run = Share(box, "def f(x): return []\n", [Loop]);
            Assert.True((RunStatus.WrongAnswer, 1, 3) == (run.Status, run.Held, run.Tests), $"{box}: {run}");
        }
    }

    [Theory]
    [InlineData("__failed = __passed = lambda *a: None\ndef f(x): return 0\n")]
    [InlineData("""
        for name in ("__failed", "__passed", "assert failed", "assert held", "_C__failed", "_C__passed"):
            globals()[name] = lambda *a: None
        def f(x): return 0
        """)]
    public void A_program_does_not_count_its_own_asserts(string program)
    {
        string[] asserts = ["assert f(1) == 2", "assert f(1) == 0", "class C:\n    assert f(1) == 2\n    assert f(2) == 0"];
        foreach (var box in Sandboxes.Names)
        {
            var run = Share(box, program, asserts);
            Assert.True((RunStatus.WrongAnswer, 2, 4) == (run.Status, run.Held, run.Tests), $"{box}: {run}");
        }
    }

    [Theory]
    [InlineData("raise StopIteration")]
    [InlineData("raise StopAsyncIteration")]
    [InlineData("raise GeneratorExit")]
    [InlineData("raise type('Mine', (StopIteration,), {})('enough')")]
    public void An_exception_that_ends_loops_in_silence_ends_the_grading(string stop)
    {
        foreach (var box in Sandboxes.Names)
        {
            var run = Boxes.Run(
                box, $"def f(x): {stop}\n", ["assert all(a == b for a, b in zip(map(f, [1, 2]), [2, 3]))"]);
            Assert.True(run.Status == RunStatus.RuntimeError, $"{box}: {run.Status}: {run.Reason}");
        }
    }

    /// <summary>The words of exceptions and of forged answers: a line of the log, and no orders to a terminal.</summary>
    [Theory]
    [InlineData("def f(x): raise ValueError('a\\nb\\x1b[2J\\u202ec' + 'x' * 1000)\n")]
    [InlineData("raise ValueError('a\\nb\\x1b[2J\\u202ec' + 'x' * 1000)\n")]
    [InlineData("""
        import __main__
        text = ("\n\x1b[2J" + "x" * 500000).encode()
        part = b"s%d;%s" % (len(text), text)
        forged = b"ET" + b"s10;ValueError" + part + part
        __main__.call = lambda request: forged
        def f(x): return 2
        """)]
    [InlineData("""
        import __main__
        text = ("\n\x1b[2J" + "x" * 500000).encode()
        part = b"s%d;%s" % (len(text), text)
        __main__.load = lambda request: b"R"
        __main__.failure = lambda error: b"ET" + b"s10;ValueError" + part + part
        raise ValueError
        """)]
    [InlineData("""
        import __main__
        text = ("\n\x1b[2J" + "x" * 500000).encode()
        __main__.call = lambda request: b"Os%d;%s" % (len(text), text)
        def f(x): return 2
        """)]
    public void A_reason_is_one_short_line_whatever_a_program_says(string program)
    {
        foreach (var box in Sandboxes.Names)
        {
            var run = Boxes.Run(box, program, ["assert f(1) == 2"]);
            Assert.True(run.Status is RunStatus.RuntimeError or RunStatus.OutputLimit, $"{box}: {run.Status}");
            Assert.InRange(run.Reason.Length, 1, 300);
            Assert.DoesNotContain(run.Reason, c => char.IsControl(c) || c is '\u202e' or '\u2028');
            Assert.Contains("xxxx", run.Reason);
        }
    }

    [Theory]
    [InlineData("x = bytearray(1 << 30)\nassert f(1) == 2")]
    [InlineData("print('y' * 2000000, flush=True)\nassert f(1) == 2")]
    public void Tests_that_take_too_much_before_the_first_call_are_no_fault_of_a_program(string test)
    {
        foreach (var box in Sandboxes.Names)
        {
            try
            {
                var run = Boxes.Run(box, "def f(x): return 2\n", [test]);
                Assert.True(run.Status == RunStatus.SandboxUnavailable, $"{box}: {run.Status}: {run.Reason}");
            }
            catch (SandboxUnavailableException e)
            {
                Assert.Contains("the tests' interpreter ended", e.Message);
            }
        }
    }

    private static CodeRun Share(string box, string program, string[] asserts) =>
        new ProgramJudge(Boxes.Need(box), everyAssert: true).Judge(new CodeProblem("f", null, asserts, [], ""), program);
}
