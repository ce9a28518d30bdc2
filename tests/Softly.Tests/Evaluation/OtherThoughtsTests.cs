using Softly.Evaluation;
using Softly.Generation;
using Softly.Models;

namespace Softly.Tests.Evaluation;

public class OtherThoughtsTests
{
    private static AuditedSample Sample(int problem, int number, int thoughts, string? content = null) => new(
        problem, number, new Thinking(
        [.. Enumerable.Range(0, thoughts).Select(t => new MixtureRow([10 + problem, 50 + t, 2], [0.6f, 0.3f, 0.1f]))],
        [.. Enumerable.Range(0, thoughts).Select(_ => 10 + problem)], [MixtureRow.Token(2)]), content ?? $"{problem}");

    private static OtherThoughts Of(IReadOnlyList<AuditedSample> samples) => new(samples, [1, 2], 3);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Nobody_gets_the_thoughts_of_the_own_problem_and_everybody_gives_once(int problems)
    {
        var samples = (from p in Enumerable.Range(0, problems) from s in Enumerable.Range(0, 3) select Sample(p, s, 4)).ToList();
        var from = samples.Select(s => (Own: s, Other: Of(samples).From(s)!)).ToList();
        Assert.All(from, x => Assert.NotEqual(x.Own.Problem, x.Other.Problem));
        Assert.Equal(samples.Count, from.Select(x => x.Other).Distinct().Count());
        Assert.All(from, x => Assert.Equal(x.Own.Number, x.Other.Number));
    }

    [Fact]
    public void Thoughts_of_another_number_are_the_last_choice_and_cut_or_begun_again()
    {
        AuditedSample[] samples = [Sample(0, 0, 2), Sample(1, 0, 5), Sample(2, 0, 2), Sample(2, 1, 5), Sample(3, 0, 0)];
        var others = Of(samples);
        Assert.Equal(2, others.From(samples[0])!.Problem);
        Assert.Same(samples[3], others.From(samples[1]));
        Assert.Empty(others.Another(samples[4])!.Thoughts);
        var cut = Of([Sample(0, 0, 2), Sample(1, 0, 5)]);
        Assert.Equal([50, 51], cut.Another(Sample(0, 0, 2))!.Thoughts.Select(t => t.Ids[1]));
        Assert.Equal([50, 51, 50, 51, 50], cut.Another(Sample(1, 0, 5))!.Thoughts.Select(t => t.Ids[1]));
        Assert.Null(Of([Sample(0, 0, 2)]).From(Sample(0, 0, 2)));
    }

    [Fact]
    public void Random_thoughts_have_the_own_weights_on_tokens_that_some_thought_had()
    {
        var samples = Enumerable.Range(0, 20).Select(p => Sample(p, 0, 3)).ToList();
        var others = Of(samples);
        Assert.Equal(Enumerable.Range(10, 20).Concat([50, 51, 52]), others.Used); // the mark, 2, is not among them
        var all = samples.SelectMany(s => others.Random(s).Thoughts).ToList();
        Assert.All(all, t => Assert.Equal([0.6f, 0.3f, 0.1f], t.Weights));
        Assert.All(all, t => Assert.Equal(3, t.Ids.Distinct().Count()));
        Assert.All(all.SelectMany(t => t.Ids), id => Assert.Contains(id, others.Used));
        Assert.True(all.Select(t => string.Join(' ', t.Ids)).Distinct().Count() > 50);
        Assert.Equal(
            others.Random(samples[3]).Thoughts.SelectMany(t => t.Ids),
            Of(samples).Random(samples[3]).Thoughts.SelectMany(t => t.Ids));
    }

    [Fact]
    public void Thoughts_on_the_same_thing_are_never_taken()
    {
        var samples = Enumerable.Range(0, 9).Select(p => Sample(p, 0, 2, p < 6 ? "graph" : $"{p}")).ToList();
        Assert.All(samples, s => Assert.NotEqual(s.Content, Of(samples).From(s)!.Content));
        // Another number of thoughts on another thing is better than as many on the same.
        AuditedSample[] few = [Sample(0, 0, 2, "graph"), Sample(1, 0, 2, "graph"), Sample(2, 0, 5)];
        Assert.Equal(2, Of(few).From(few[0])!.Problem);
        Assert.Null(Of(few[..2]).Another(few[0]));
    }

    [Fact]
    public void A_token_that_a_thought_holds_twice_is_one_of_a_random_thought()
    {
        var twice = Sample(0, 0, 1) with
        {
            Thinking = new Thinking([new MixtureRow([10, 50, 10], [0.25f, 0.25f, 0.5f])], [10], [MixtureRow.Token(2)]),
        };
        var random = Assert.Single(Of([twice, Sample(1, 0, 1)]).Random(twice).Thoughts);
        Assert.Equal([0.25f, 0.75f], random.Weights.Order());
        Assert.Equal(2, random.Ids.Distinct().Count());
    }

    [Fact]
    public void Nothing_but_ending_marks_gives_no_random_thoughts()
    {
        // With no word to draw, a search for enough of them would never end.
        var marks = Sample(0, 0, 1) with
        {
            Thinking = new Thinking([new MixtureRow([1, 2], [0.5f, 0.5f])], [1], [MixtureRow.Token(2)]),
        };
        Assert.Empty(Of([marks]).Used);
        Assert.Throws<InvalidOperationException>(() => Of([marks]).Random(marks));
    }

    [Fact]
    public void Blank_ones_are_zero_and_winners_are_alone()
    {
        var own = Sample(4, 0, 2).Thinking;
        Assert.All(OtherThoughts.Blank(own).Thoughts, t => Assert.Equal(0, t.Weights.Sum()));
        Assert.All(OtherThoughts.Winners(own).Thoughts, t => Assert.Equal((14, 1f), (t.Ids.Single(), t.Weights.Single())));
        Assert.Equal(own.Mark, OtherThoughts.Blank(own).Mark);
        Assert.False(own.IsPlain);
        Assert.True(OtherThoughts.Winners(own).IsPlain);
    }
}
