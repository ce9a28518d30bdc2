using Softly.Cli;
using Softly.Cli.Evaluating;
using Softly.Evaluation;
using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Tests.Cli.Evaluating;

public class JudgingTests
{
    private static Answer Wrote(string text) => new(text, 3, text.Length, null, "end");

    private static AnsweredPiece Piece(params string[][] texts) => new(
        [.. texts.Select((_, i) => new Problem($"p{i}", "?", "2"))], [.. texts.Select(t => (IReadOnlyList<Answer>)[.. t.Select(Wrote)])]);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Records_are_in_order_whoever_judges_first_and_equal_answers_have_the_first_one_s_class(int threads)
    {
        var records = new Judging(new Slow(), threads).Records(Piece(["2", "", "2.0", "3", "3"], ["9", "2", "9.0", "", "2"]));
        Assert.Equal(["p0", "p0", "p0", "p0", "p0", "p1", "p1", "p1", "p1", "p1"], records.Select(r => r.ProblemId));
        Assert.Equal([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], records.Select(r => r.Sample));
        Assert.Equal(["2", "", "2.0", "3", "3", "9", "2", "9.0", "", "2"], records.Select(r => r.Completion));
        Assert.Equal([0, null, 0, 3, 3, 0, 1, 0, null, 1], records.Select(r => r.AnswerClass));
        Assert.Equal([1, 0, 1, 0, 0, 0, 1, 0, 0, 1], records.Select(r => r.Score));
        Assert.Equal("no_answer", records[1].Verdict);
    }

    [Fact]
    public void A_verifier_that_fails_gives_no_score_and_no_wrong_answer()
    {
        var records = new Judging(new Slow(), 2).Records(Piece(["2", "fail"]));
        Assert.Equal(("failed", double.NaN), (records[1].Verdict, records[1].Score));
        var set = new AskedSet("any", new Slow(), [new Problem("p0", "?", "2")], [], "");
        var record = Finish.Record("arm", "mode", 0, null, set, records)!;
        Assert.Equal((1, 1), (record.Problems.Single().Samples, record.Problems.Single().Right));
        Assert.Equal(1, record.At(1)!.Value.Share.Value);
        Assert.Null(Finish.Record("arm", "mode", 0, null, set, new Judging(new Slow(), 2).Records(Piece(["fail", "fail"]))));
    }

    [Fact]
    public void What_could_not_be_judged_is_counted_and_is_no_wrong_answer_of_the_short_way_either()
    {
        Grade right = new(1, Verdict.Right, "", "2"), failed = new(double.NaN, Verdict.Failed, "the sandbox is gone");
        var problem = new Problem("p1", "?", "2");
        ProblemResult[] results = [new(problem, [right, failed], 1, 5), new(problem with { Id = "p2" }, [failed, failed], 1, 5)];
        var record = Evaluations.Record("arm", "own", 0, new Slow(), results);
        Assert.Equal((1, 1), (record.Problems.Single().Samples, record.Problems.Single().Right));
        Assert.Equal((1, 3), (record.At(1)!.Value.Share.Value, record.Numbers[Evaluations.Failed]));
        var nothing = Evaluations.Record("arm", "own", 0, new Slow(), results[1..]);
        Assert.Empty(nothing.PassAtK);
        Assert.Equal((double.NaN, 2), (nothing.Numbers["completions/mean_length"], nothing.Numbers[Evaluations.Failed]));
    }

    [Fact]
    public void Programs_are_judged_by_a_sandbox_that_is_named_with_its_limits()
    {
        using var grader = new CodeGrader(new Box());
        Assert.Equal("box, Snake 3; 10 s, 512 MiB, output 1024 KiB, files 16 MiB, 16 threads", grader.Sandbox);
        Assert.Equal([new KeyValuePair<string, string>("sums.grader", "math")], AskedSet.Judge("sums", "math"));
    }

    private sealed class Box : ICodeSandbox
    {
        public string Name => "box";
        public string Version => "Snake 3";
        public SandboxLimits Limits { get; } = new();
        public IInterpreter Start(Runner runner, SandboxLimits limits, Deadline deadline) => throw new NotSupportedException();
        public void Dispose() { }
    }

    /// <summary>Numbers are one where their values are; the first are judged last.</summary>
    private sealed class Slow : ITask
    {
        public string Name => "slow";
        public string Description => "";
        public IReadOnlyList<string>? Vocabulary => null;
        public string? ThinkEnd => null;
        public int? CompletionLength => null;
        public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => [];
        public Demonstration? Demonstrate(Problem problem, Random random) => null;
        public double? GuessChance(Problem problem) => null;
        public bool SameAnswer(string a, string b) => Value(a) == Value(b);

        public Grade Grade(Problem problem, string completion)
        {
            if (problem.Id == "p0") Thread.Sleep(20);
            return completion switch
            {
                "" => new Grade(0, Verdict.NoAnswer, "nothing"),
                "fail" => new Grade(double.NaN, Verdict.Failed, "the sandbox is gone"),
                _ when Value(completion) == Value(problem.Answer) => new Grade(1, Verdict.Right, "equal", completion),
                _ => new Grade(0, Verdict.Wrong, "not equal", completion),
            };
        }

        private static double Value(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }
}
