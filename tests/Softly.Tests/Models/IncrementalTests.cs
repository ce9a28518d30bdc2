using Softly.Models;
using Softly.Tests.Models.Simd;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

/// <summary>Decoding with a cache gives, at every position, what one forward pass over the whole row gives.</summary>
public class IncrementalTests
{
    [Theory]
    [InlineData("torch", false)]
    [InlineData("torch", true)]
    [InlineData("simd", false)]
    [InlineData("simd", true)]
    public void Logits_fed_step_by_step_are_those_of_one_forward_pass(string engine, bool drop)
    {
        using var model = Some.Model();
        using var decoder = Some.Engine(engine, model);
        var random = new Random(3);
        int vocabulary = model.Config.VocabularySize, steps = 12;
        // Prompts of different lengths, each forked into two rows that are then fed apart.
        var prompts = new[] { 4, 1, 9 }.Select(length => Feed.Prompt(random, vocabulary, length)).ToArray();
        var rows = prompts.SelectMany(p => new[] { p, p }).Select(p => p.ToList()).ToList();
        Check(Feed.Begin(decoder, prompts, 2, steps));
        for (var step = 0; step < steps; step++)
        {
            if (drop && step is 3 or 7)
            {
                // Rows leave and change places on the way.
                decoder.Keep([.. Enumerable.Range(1, rows.Count - 1).Reverse()]);
                rows = [.. rows.Skip(1).Reverse()];
            }
            var inputs = rows.Select(_ => Feed.Mixture(random, vocabulary, 4)).ToArray();
            for (var i = 0; i < rows.Count; i++) rows[i].Add(inputs[i]);
            Check(Feed.Next(decoder, inputs));
        }

        void Check(float[][] logits)
        {
            for (var i = 0; i < rows.Count; i++) Near(model, rows[i], logits[i], $"row {i}");
        }
    }

    /// <summary>
    /// Rows come at any time with prompts of any length, fork from the prompts of others, and leave: each has the logits of a
    /// forward pass over what it was fed. Long enough that caches grow, and drop what nobody needs.
    /// </summary>
    [Theory]
    [InlineData("torch", 1)]
    [InlineData("torch", 2)]
    [InlineData("simd", 1)]
    [InlineData("simd", 2)]
    public void Rows_that_come_and_go_have_the_logits_of_one_forward_pass(string engine, int seed)
    {
        using var model = Some.Model();
        using var decoder = Some.Engine(engine, model);
        var random = new Random(seed);
        const int steps = 60, room = 20;
        int forked = 0, left = 0, most = 0;
        var rows = new List<(List<MixtureRow> History, IReadOnlyList<MixtureRow> Prompt)>();
        for (var step = 0; step < steps; step++)
        {
            if (rows.Count == 0 || random.Next(4) == 0)
            {
                var prompts = Enumerable.Range(0, random.Next(1, 3)).Select(_ => Prompt()).ToArray();
                var each = random.Next(1, 4);
                var logits = Feed.Join(decoder, prompts, each, room);
                for (var i = 0; i < logits.Length; i++)
                    Near(model, [.. prompts[i / each]], logits[i], $"step {step}, new row {i}");
                rows.AddRange(prompts.SelectMany(p => Enumerable.Repeat(p, each)).Select(p => ((List<MixtureRow>)[.. p], p)));
            }
            if (random.Next(4) == 0)
            {
                var (from, count) = (random.Next(rows.Count), random.Next(1, 3));
                decoder.Fork(from, count);
                for (var i = 0; i < count; i++) rows.Add(([.. rows[from].Prompt], rows[from].Prompt));
                forked += count;
            }
            var full = rows.Where(r => r.History.Count - r.Prompt.Count == room).ToHashSet();
            if (full.Count > 0 || random.Next(5) == 0)
            {
                int[] kept = [.. Enumerable.Range(0, rows.Count)
                    .Where(i => !full.Contains(rows[i]) && random.Next(4) > 0).OrderBy(_ => random.Next())];
                decoder.Keep(kept);
                left += rows.Count - kept.Length;
                rows = [.. kept.Select(i => rows[i])];
                if (rows.Count == 0) continue;
            }
            most = Math.Max(most, rows.Count);
            var inputs = rows.Select(_ => Feed.Mixture(random, model.Config.VocabularySize, 4)).ToArray();
            for (var i = 0; i < rows.Count; i++) rows[i].History.Add(inputs[i]);
            var fed = Feed.Next(decoder, inputs);
            for (var i = 0; i < rows.Count; i++) Near(model, rows[i].History, fed[i], $"step {step}, row {i}");
        }
        Assert.True(forked > 5 && left > 5 && most > 5, $"{forked} forked, {left} left, {most} at most");

        IReadOnlyList<MixtureRow> Prompt() => Feed.Prompt(random, model.Config.VocabularySize, random.Next(1, 12));
    }

    private static void Near(Decoder model, List<MixtureRow> row, float[] logits, string what) =>
        Table.Near(2e-5, Last(model, row), [.. logits.Select(x => (double)x)], what);

    private static double[] Last(Decoder model, List<MixtureRow> row)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var (ids, weights, _) = MixtureTable.Of([row], model.Config.MaxPositions);
        long k = ids.Length / row.Count;
        var hidden = model.Forward(model.Embed(tensor(ids, [1, row.Count, k]), tensor(weights, [1, row.Count, k])));
        return Some.Host(nn.functional.linear(hidden[0][-1], model.Head));
    }
}
