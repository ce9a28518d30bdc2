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
            for (var i = 0; i < rows.Count; i++)
                Table.Near(2e-5, Last(model, rows[i]), [.. logits[i].Select(x => (double)x)], $"row {i}");
        }
    }

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
