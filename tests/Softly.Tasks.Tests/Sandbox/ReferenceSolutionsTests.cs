using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Tests.Sandbox;

/// <summary>The solutions that the benchmarks themselves give: every one must pass, through all of the grading.</summary>
[Collection(nameof(OneSandboxAtATime))]
public class ReferenceSolutionsTests
{
    /// <summary>The one that is slow: seconds in CPython, and some six times that in WebAssembly.</summary>
    private const string Slow = "mbpp-123";

    /// <summary>One in twelve, the same ones always; all of them are the test below.</summary>
    [Theory]
    [Trait("Weight", "Story")]
    [InlineData("wasm", "humaneval", 14)]
    [InlineData("wasm", "mbpp", 36)]
    [InlineData("bwrap", "humaneval", 14)]
    [InlineData("bwrap", "mbpp", 36)]
    public void One_in_twelve_of_the_reference_solutions_passes(string box, string data, int count) =>
        AllPass(box, [.. Problems(data).Where((_, i) => i % 12 == 0)], count);

    [Theory]
    [Trait("Weight", "Long")]
    [InlineData("wasm", "humaneval", 164)]
    [InlineData("wasm", "mbpp", 427)]
    [InlineData("bwrap", "humaneval", 164)]
    [InlineData("bwrap", "mbpp", 427)]
    public void Every_reference_solution_passes(string box, string data, int count)
    {
        var problems = Problems(data);
        var slow = problems.Where(p => p.Id == Slow).ToList();
        AllPass(box, [.. problems.Except(slow)], count - slow.Count);
        AllPass(box, slow, slow.Count, TimeSpan.FromMinutes(3)); // on a core that others want too
    }

    /// <summary>The three rules of MBPP: an entry point named as a builtin, imports of the tests, truths of objects.</summary>
    [Theory]
    [InlineData("wasm")]
    [InlineData("bwrap")]
    public void Those_that_need_a_rule_of_their_own_pass(string box)
    {
        string[] ids = ["mbpp-126", "mbpp-596", "mbpp-737", "mbpp-787", "mbpp-794"];
        AllPass(box, [.. Problems("mbpp").Where(p => ids.Contains(p.Id))], ids.Length);
    }

    private static IReadOnlyList<Problem> Problems(string data) =>
        ProgrammingProblems.Read(Reference.Require("data", data + ".jsonl"));

    private static void AllPass(string box, IReadOnlyList<Problem> problems, int count, TimeSpan? wall = null)
    {
        var sandbox = new Borrowed(Boxes.Need(box));
        using var grader = new CodeGrader(sandbox, sandbox.Limits with { Wall = wall ?? sandbox.Limits.Wall });
        var grades = grader.GradeAll(
            [.. problems.Select(p => (p, Answer(p)))], cancel: TestContext.Current.CancellationToken);
        Assert.Equal(count, grades.Count);
        Assert.Empty(grades.Zip(problems).Where(g => g.First.Score != 1).Select(g => $"{g.Second.Id}: {g.First.Reason}"));
    }

    /// <summary>HumanEval's solutions continue the prompt; MBPP's are whole.</summary>
    private static string Answer(Problem problem) => $"```python\n{problem.Answer}\n```";
}

/// <summary>A sandbox of somebody else's, which disposing of a grader leaves open.</summary>
internal sealed class Borrowed(ICodeSandbox box) : ICodeSandbox
{
    public string Name => box.Name;
    public string Version => box.Version;
    public SandboxLimits Limits => box.Limits;
    public IInterpreter Start(Runner runner, SandboxLimits limits, Deadline deadline) => box.Start(runner, limits, deadline);

    public void Dispose()
    {
    }
}
