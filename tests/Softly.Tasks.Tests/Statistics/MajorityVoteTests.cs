using Softly.Tasks.Statistics;

namespace Softly.Tasks.Tests.Statistics;

public class MajorityVoteTests
{
    /// <summary>Every choice of k out of n as a bit mask, each vote counted with dictionaries.</summary>
    private static double Slow(string?[] answers, bool[] right, int k)
    {
        var (hits, count) = (0, 0);
        for (var mask = 0; mask < 1 << answers.Length; mask++)
        {
            if (int.PopCount(mask) != k) continue;
            count++;
            var chosen = Enumerable.Range(0, answers.Length).Where(i => (mask >> i & 1) == 1).ToList();
            var votes = chosen.Where(i => answers[i] is not null).GroupBy(i => answers[i]!).ToList();
            if (votes.Count == 0) continue;
            var most = votes.Max(v => v.Count());
            if (right[votes.Where(v => v.Count() == most).Min(v => v.First())]) hits++;
        }
        return (double)hits / count;
    }

    private static (string?[] Answers, bool[] Right) Some(Random random, int n)
    {
        string?[] words = [null, "a", "b", "c", "d"];
        var answers = Enumerable.Range(0, n).Select(_ => words[random.Next(words.Length)]).ToArray();
        return (answers, [.. answers.Select(a => a == "b")]);
    }

    [Fact]
    public void The_vote_of_k_answers_is_that_of_every_choice_counted_by_hand()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 60; trial++)
        {
            var n = random.Next(1, 11);
            var (answers, right) = Some(random, n);
            var classes = MajorityVote.Classes(answers, (a, b) => a == b);
            for (var k = 1; k <= n; k++) Assert.Equal(Slow(answers, right, k), MajorityVote.At(classes, right, k), 12);
        }
    }

    [Fact]
    public void Of_many_choices_some_are_drawn_and_the_share_is_near_the_true_one()
    {
        var (answers, right) = Some(new Random(2), 18); // C(18, 9) = 48620
        var classes = MajorityVote.Classes(answers, (a, b) => a == b);
        var drawn = MajorityVote.At(classes, right, 9);
        var error = Math.Sqrt(0.25 / MajorityVote.Subsets);
        Assert.InRange(drawn, Slow(answers, right, 9) - 4 * error, Slow(answers, right, 9) + 4 * error);
        Assert.Equal(drawn, MajorityVote.At(classes, right, 9));
        Assert.NotEqual(0.0, drawn * (1 - drawn)); // else the draw has shown nothing
    }

    [Fact]
    public void Answers_that_are_the_same_by_verification_vote_together()
    {
        string?[] answers = ["1/2", "0.5", null, "3", "50%", "3"];
        var classes = MajorityVote.Classes(answers, (a, b) => Value(a) == Value(b));
        Assert.Equal([0, 0, null, 3, 0, 3], classes);
        Assert.Equal(0, MajorityVote.Winner(classes));

        static double Value(string text) => text switch { "1/2" or "0.5" or "50%" => 0.5, _ => double.Parse(text) };
    }

    [Fact]
    public void A_tie_goes_to_the_answer_that_came_first()
    {
        Assert.Equal(1, MajorityVote.Winner([1, 0, 0, 1]));
        Assert.Equal(4 / 6.0, MajorityVote.At([0, 1, 0, 1], [true, false, true, false], 2), 12); // wrong where sample 1 leads
        Assert.Equal(0.0, MajorityVote.At([null, null], [false, false], 2));
        Assert.Null(MajorityVote.Winner([null, null]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void More_votes_than_there_are_answers_are_refused(int k)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => MajorityVote.At([0, 1], [true, false], k));
        Assert.Contains($"maj@{k} needs at least {k} answers a problem, there are 2", error.Message);
    }
}
