using Softly.Tasks;

namespace Softly.Sandbox;

/// <summary>What came of a case, and what of it is not as it must be.</summary>
/// <param name="Case">The case.</param>
/// <param name="Run">What came of it.</param>
/// <param name="Wrong">One clause for each thing that is not as it must be; none where all is well.</param>
public sealed record CodeCaseResult(CodeCase Case, CodeRun Run, IReadOnlyList<string> Wrong);

/// <summary>
/// A file of completions, hostile ones among them, each with what must come of it: one JSON object a line with <c>id</c>,
/// <c>task</c>, <c>response</c>, <c>expect</c>, <c>status</c> and <c>must</c>. Checks a sandbox by it.
/// </summary>
public sealed class CodeTable
{
    /// <summary>The most a case may take: tables ask for an end within 15 s.</summary>
    private static readonly TimeSpan Wall = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyDictionary<string, Problem> _problems;

    private CodeTable(IReadOnlyList<CodeCase> cases, IReadOnlyDictionary<string, Problem> problems) =>
        (Cases, _problems) = (cases, problems);

    /// <summary>All cases.</summary>
    public IReadOnlyList<CodeCase> Cases { get; }

    /// <summary>Whether a record of a table is a case of this kind.</summary>
    public static bool Reads(IEnumerable<string> columns) =>
        columns.ToHashSet() is var names && names.Contains("task") && names.Contains("response") && names.Contains("expect");

    /// <summary>Reads a table and the problems it names.</summary>
    /// <param name="path">The table.</param>
    /// <param name="data">
    /// The folder with humaneval.jsonl and mbpp.jsonl; where null, the folder <c>data</c> beside the table's.
    /// </param>
    /// <exception cref="DatasetException">A file is missing or malformed, or a problem is in none.</exception>
    public static CodeTable Read(string path, string? data = null)
    {
        var cases = CodeCases.Read(path);
        data ??= Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "..", "data");
        var problems = new[] { "humaneval.jsonl", "mbpp.jsonl" }.Select(name => Path.Combine(data, name)).Where(File.Exists)
            .SelectMany(ProgrammingProblems.Read).ToDictionary(p => p.Id);
        var missing = cases.FirstOrDefault(c => !problems.ContainsKey(c.Task));
        return missing is null
            ? new CodeTable(cases, problems)
            : throw new DatasetException($"{path}: case {missing.Id} is about problem {missing.Task}, which neither humaneval.jsonl "
                + $"nor mbpp.jsonl in {Path.GetFullPath(data)} has");
    }

    /// <summary>Runs all cases in a sandbox, on all cores.</summary>
    /// <param name="sandbox">The sandbox that is checked.</param>
    /// <param name="done">Told after each, with how many are done.</param>
    /// <param name="cancel">Stops before the next.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<CodeCaseResult> Check(
        ICodeSandbox sandbox, Action<int>? done = null, CancellationToken cancel = default)
    {
        var limits = sandbox.Limits with { Wall = sandbox.Limits.Wall < Wall ? sandbox.Limits.Wall : Wall };
        var judge = new ProgramJudge(sandbox, limits);
        var results = new CodeCaseResult[Cases.Count];
        using var outside = Outside.Watch(Cases.Where(c => c.Must.NoFileOutside).Select(c => c.Response));
        var (next, finished) = (-1, 0);
        // What must leave no process runs alone, afterwards, so that it is known whose process is left.
        int[] together = [.. Enumerable.Range(0, Cases.Count).Where(i => !Cases[i].Must.NoProcessLeft)];
        int[] alone = [.. Enumerable.Range(0, Cases.Count).Except(together)];
        var threads = Enumerable.Range(0, Environment.ProcessorCount)
            .Select(_ => new Thread(Work) { IsBackground = true, Name = "table" }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        foreach (var i in alone) One(i);
        cancel.ThrowIfCancellationRequested();
        return results;

        void Work()
        {
            while (!cancel.IsCancellationRequested && Interlocked.Increment(ref next) is var i && i < together.Length)
                One(together[i]);
        }

        void One(int i)
        {
            if (cancel.IsCancellationRequested) return;
            results[i] = Check(Cases[i], judge, limits, outside);
            done?.Invoke(Interlocked.Increment(ref finished));
        }
    }

    private CodeCaseResult Check(CodeCase one, ProgramJudge judge, SandboxLimits limits, Outside outside)
    {
        CodeRun run;
        try
        {
            var asked = CodeProblem.Of(_problems[one.Task]);
            run = CodeExtraction.Of(one.Response, asked) is { } program
                ? judge.Judge(asked, program)
                : new CodeRun(RunStatus.NoCode, "holds no program");
        }
        catch (SandboxUnavailableException e)
        {
            run = new CodeRun(RunStatus.SandboxUnavailable, e.Message);
        }
        var wrong = new List<string>();
        var passed = run.Status == RunStatus.Passed;
        if (run.Status == RunStatus.SandboxUnavailable) wrong.Add($"was not judged: {run.Reason}");
        else if (one.Expect is { } expect && passed != (expect == "pass"))
            wrong.Add($"should {expect}, but is {run.Status.Name()}: {run.Reason}");
        else if (!passed && one.Status is { } statuses && !statuses.Contains(run.Status.Name()))
            wrong.Add($"should be {string.Join(" or ", statuses)}, but is {run.Status.Name()}: {run.Reason}");
        if (one.Must.MaxWallS is { } seconds && run.Seconds > seconds) wrong.Add($"took {run.Seconds:0.0} s, more than {seconds}");
        if (one.Must.MaxCapturedBytes is { } kept && run.Output?.Length > kept)
            wrong.Add($"{run.Output.Length} bytes of output were kept, more than {kept}");
        if (one.Must.MaxDiskBytes is { } disk && limits.DiskBytes > disk)
            wrong.Add($"it may write {limits.DiskBytes} bytes of files, more than {disk}");
        if (one.Must.NoFileOutside && outside.Change() is { } change) wrong.Add(change);
        if (one.Must.NoProcessLeft && Outside.ProcessesOfOurs() is { Count: > 0 } left)
            wrong.Add($"{left.Count} processes are left: {string.Join(", ", left)}");
        return new CodeCaseResult(one, run, wrong);
    }
}
