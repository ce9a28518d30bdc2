using Softly.Cli.Evaluating;
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
