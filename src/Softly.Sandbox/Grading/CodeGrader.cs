using Softly.Tasks;

namespace Softly.Sandbox;

/// <summary>
/// Runs the program of a completion against the tests of its problem, in a sandbox. 1 where all hold, else 0. Where the sandbox
/// or the tests themselves fail, the verdict is <see cref="Verdict.Failed"/> and the score no number.
/// </summary>
/// <remarks>Calls from several threads run side by side, as many as there are cores; more wait.</remarks>
public sealed class CodeGrader : IGrader, IDisposable
{
    private readonly ICodeSandbox _sandbox;
    private readonly ProgramJudge _judge;
    private readonly SemaphoreSlim _cores;
    private readonly bool _fraction;
    private readonly bool _owns;

    /// <summary>A grader over a sandbox, which it then owns.</summary>
    /// <param name="sandbox">Where programs run.</param>
    /// <param name="limits">What they may use; the sandbox's own limits where null.</param>
    /// <param name="fraction">Scores the share of asserts that hold instead of all or nothing.</param>
    public CodeGrader(ICodeSandbox sandbox, SandboxLimits? limits = null, bool fraction = false)
    {
        (_sandbox, _fraction, _owns) = (sandbox, fraction, true);
        _cores = new SemaphoreSlim(Environment.ProcessorCount);
        _judge = new ProgramJudge(sandbox, limits, everyAssert: fraction);
        var most = limits ?? sandbox.Limits;
        Sandbox = FormattableString.Invariant($"{sandbox.Name}, {sandbox.Version}; {most.Wall.TotalSeconds} s, ")
            + FormattableString.Invariant($"{most.MemoryBytes >> 20} MiB, output {most.OutputBytes >> 10} KiB, ")
            + FormattableString.Invariant($"files {most.DiskBytes >> 20} MiB, {most.Threads} threads");
    }

    private CodeGrader(CodeGrader owner, bool fraction)
    {
        (_sandbox, _cores, _fraction, Sandbox) = (owner._sandbox, owner._cores, fraction, owner.Sandbox);
        _judge = new ProgramJudge(_sandbox, owner._judge.Limits, everyAssert: fraction);
    }

    /// <summary>A grader with the other score, in the same sandbox and on the same cores. They stay this one's.</summary>
    /// <param name="fraction">Scores the share of asserts that hold instead of all or nothing.</param>
    public CodeGrader Beside(bool fraction) => new(this, fraction);

    /// <summary>Where programs run and what they may use, as one text: what decides verdicts besides the tests.</summary>
    public string Sandbox { get; }

    /// <summary>The names of this grader: all or nothing, and the share of asserts.</summary>
    public const string Known = "code", KnownFraction = "code-fraction";

    /// <inheritdoc />
    public string Name => _fraction ? KnownFraction : Known;

    /// <inheritdoc />
    public string PromptSuffix =>
        "\n\nWrite the whole function in Python, with all it imports, as one block of code between ```python and ```.";

    /// <inheritdoc />
    public IReadOnlyList<string> Columns => CodeProblem.Columns;

    /// <inheritdoc />
    /// <remarks>Where the tests are asserts they are shown: only they say what the function is called.</remarks>
    public string SuffixOf(Problem problem)
    {
        try
        {
            var asked = CodeProblem.Of(problem);
            return asked.Asserts.Count == 0 ? PromptSuffix
                : $"\n\nIt is called {asked.EntryPoint}, and these must hold:\n```python\n{string.Join('\n', asked.Asserts)}\n```"
                    + PromptSuffix;
        }
        catch (FormatException e)
        {
            throw new DatasetException(e.Message, e);
        }
    }

    /// <summary>Not by an answer alone: programs are held to the tests of their problem.</summary>
    public Grade Grade(string answer, string completion) =>
        new(double.NaN, Verdict.Failed, "the grader code needs the whole problem, with its tests");

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion) => Graded(problem, completion).Grade;

    /// <inheritdoc />
    public IReadOnlyList<Grade> GradeAll(Problem problem, IReadOnlyList<string> completions) =>
        GradeAll([.. completions.Select(completion => (problem, completion))]);

    /// <summary>Grades many completions, on all cores. The results are in the order of the arguments.</summary>
    /// <param name="answers">Problems and what was written.</param>
    /// <param name="done">Told after each, with how many are done; from any thread.</param>
    /// <param name="cancel">Stops before the next.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<Grade> GradeAll(
        IReadOnlyList<(Problem Problem, string Completion)> answers, Action<int>? done = null, CancellationToken cancel = default)
    {
        var grades = new Grade[answers.Count];
        var (next, finished) = (-1, 0);
        var threads = Enumerable.Range(0, Math.Min(Environment.ProcessorCount, answers.Count))
            .Select(_ => new Thread(Work) { IsBackground = true, Name = "grading" }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        cancel.ThrowIfCancellationRequested();
        return grades;

        void Work()
        {
            while (!cancel.IsCancellationRequested && Interlocked.Increment(ref next) is var i && i < answers.Count)
            {
                grades[i] = Grade(answers[i].Problem, answers[i].Completion);
                done?.Invoke(Interlocked.Increment(ref finished));
            }
        }
    }

    /// <summary>A grade and the run behind it.</summary>
    public (Grade Grade, CodeRun Run) Graded(Problem problem, string completion)
    {
        string? program = null;
        CodeRun run;
        try
        {
            var asked = CodeProblem.Of(problem);
            program = CodeExtraction.Of(completion, asked);
            run = program is null ? new CodeRun(RunStatus.NoCode, "holds no program") : Run(asked, program);
        }
        catch (Exception e) when (e is SandboxUnavailableException or FormatException)
        {
            run = new CodeRun(RunStatus.SandboxUnavailable, e.Message);
        }
        return (new Grade(Score(run), VerdictOf(run.Status), $"{run.Status.Name()}: {run.Reason}", program), run);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_owns) return;
        _cores.Dispose();
        _sandbox.Dispose();
    }

    private CodeRun Run(CodeProblem asked, string program)
    {
        _cores.Wait();
        try
        {
            return _judge.Judge(asked, program);
        }
        finally
        {
            _cores.Release();
        }
    }

    private double Score(CodeRun run) => run.Status switch
    {
        RunStatus.SandboxUnavailable => double.NaN,
        RunStatus.Passed => 1,
        _ => _fraction && run.Tests > 0 ? (double)run.Held / run.Tests : 0,
    };

    private static Verdict VerdictOf(RunStatus status) => status switch
    {
        RunStatus.Passed => Verdict.Right,
        RunStatus.NoCode or RunStatus.MissingEntryPoint => Verdict.NoAnswer,
        RunStatus.SyntaxError => Verdict.Unparsable,
        RunStatus.Timeout or RunStatus.Memory or RunStatus.OutputLimit => Verdict.OverBudget,
        RunStatus.SandboxUnavailable => Verdict.Failed,
        _ => Verdict.Wrong,
    };
}
