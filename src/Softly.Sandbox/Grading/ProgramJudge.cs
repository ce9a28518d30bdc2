using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Softly.Sandbox;

/// <summary>
/// Holds a program to its tests: one interpreter runs the program, another the tests, and the host carries calls and answers
/// between them. The tests' interpreter alone says what the verdict is; the program sees neither tests nor verdict.
/// </summary>
/// <param name="sandbox">Where both run.</param>
/// <param name="limits">What they may use; the sandbox's own where null.</param>
/// <param name="everyAssert">Runs on after an assert that fails, and counts them.</param>
public sealed class ProgramJudge(ICodeSandbox sandbox, SandboxLimits? limits = null, bool everyAssert = false)
{
    private const int LongestReason = 300;

    /// <summary>What each interpreter may use.</summary>
    public SandboxLimits Limits { get; } = limits ?? sandbox.Limits;

    /// <summary>Runs a program against a problem's tests.</summary>
    /// <exception cref="SandboxUnavailableException">The sandbox does not work; nothing was judged.</exception>
    public CodeRun Judge(CodeProblem problem, string program)
    {
        var clock = Stopwatch.StartNew();
        var deadline = new Deadline(Limits.Wall);
        using var candidate = sandbox.Start(Runner.Candidate, Limits, deadline);
        CodeRun run;
        using (var tests = sandbox.Start(Runner.Tests, Limits, deadline))
        {
            try
            {
                run = Load(candidate, problem, program, out var names)
                    ?? Test(candidate, tests, Request(problem, names));
            }
            catch (InterpreterEndedException e)
            {
                run = new CodeRun(e.Status, e.Message);
            }
        }
        candidate.Dispose(); // the output is complete only then
        return run with { Reason = Line(run.Reason), Output = candidate.Output, Seconds = clock.Elapsed.TotalSeconds };
    }

    /// <summary>Loads the program. Null where it stands; its names, still as it told them, go to the tests.</summary>
    private static CodeRun? Load(IInterpreter candidate, CodeProblem problem, string program, out ReadOnlySpan<byte> names)
    {
        IReadOnlyList<string> before = problem.PromptIsCode ? [problem.Prompt, .. problem.Imports] : problem.Imports;
        var reply = candidate.Ask(Wire.Message('L', before, program, problem.EntryPoint));
        names = reply.AsSpan(Math.Min(1, reply.Length));
        return (reply.Length > 0 ? (char)reply[0] : '\0') switch
        {
            'L' => null,
            'S' => new CodeRun(RunStatus.SyntaxError, Words(reply, 0)),
            'M' => new CodeRun(RunStatus.MissingEntryPoint, $"defines no function {problem.EntryPoint}"),
            'O' => new CodeRun(RunStatus.OutputLimit, Words(reply, 0)),
            'E' when Words(reply, 1) == "MemoryError" => new CodeRun(RunStatus.Memory, "ran out of memory when it was loaded"),
            'E' => new CodeRun(RunStatus.RuntimeError, $"raises {Words(reply, 2)} when it is loaded: {Words(reply, 3)}"),
            _ => new CodeRun(RunStatus.Crash, "its answer cannot be read"),
        };
    }

    private byte[] Request(CodeProblem problem, ReadOnlySpan<byte> names) =>
    [
        .. Wire.Message(
            'T', problem.EntryPoint, problem.PromptIsCode ? problem.Prompt : "", (object?)problem.Check ?? problem.Asserts,
            problem.Imports, everyAssert),
        .. names,
    ];

    private static CodeRun Test(IInterpreter candidate, IInterpreter tests, byte[] request)
    {
        var heard = false;
        while (true)
        {
            byte[] message;
            try
            {
                message = tests.Ask(request);
            }
            catch (InterpreterEndedException e) when (e.Status != RunStatus.Timeout && !heard)
            {
                // Nothing of the program was there that could have caused it. The time is shared, and may have been its.
                throw new SandboxUnavailableException($"the tests' interpreter ended: {e.Message}", e);
            }
            if (message is [(byte)'C', ..])
            {
                request = candidate.Ask(message);
                heard = true;
                continue;
            }
            return message is [(byte)'V', ..] && Wire.Values(message) is [string status, long held, long count, string reason]
                ? status == "unsupported"
                    ? new CodeRun(RunStatus.SandboxUnavailable, reason)
                    : new CodeRun(RunStatuses.Find(status) ?? RunStatus.Crash, reason, (int)held, (int)count)
                : new CodeRun(RunStatus.Crash, "the tests' interpreter gave no verdict");
        }
    }

    /// <summary>One line for logs and terminals: reasons hold words of the program's own.</summary>
    private static string Line(string text)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > LongestReason) break;
            var blank = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            line.Append(blank ? " " : rune.ToString());
        }
        return line.ToString();
    }

    /// <summary>A text of the program's answer, or that there is none.</summary>
    private static string Words(byte[] reply, int index)
    {
        try
        {
            return Wire.Values(reply).ElementAtOrDefault(index) as string ?? "no reason given";
        }
        catch (FormatException)
        {
            return "no reason given";
        }
    }
}
