using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Simd;

public class SimdDecoderTests
{
    private static readonly DecoderConfig Plain = new()
    {
        VocabularySize = 107, HiddenSize = 64, IntermediateSize = 128, Layers = 2, Heads = 2, KeyValueHeads = 2, HeadSize = 32,
    };

    private static readonly Dictionary<string, DecoderConfig> Shapes = new()
    {
        ["plain"] = Plain,
        // 5 heads of 24, widths that are multiples of no vector, every bias.
        ["odd"] = Plain with
        {
            VocabularySize = 61, HiddenSize = 50, IntermediateSize = 77, Heads = 5, KeyValueHeads = 5, HeadSize = 24,
            QkvBias = true, OutputBias = true, FeedForwardBias = true, TiedHead = false,
        },
        // Three query heads to a key-value head; a head of 6, so that half a head is 3.
        ["shared three to one"] = Plain with { Heads = 6, KeyValueHeads = 2, HeadSize = 6, QkvBias = true, RopeTheta = 1e6 },
        ["norms per head"] = Plain with { Heads = 4, KeyValueHeads = 1, HeadSize = 40, QkNorm = true, NormEpsilon = 1e-6 },
        ["stretched"] = Plain with { HeadSize = 16, Heads = 4, KeyValueHeads = 2, RopeScaling = new(32, 1, 4, 16) },
        ["wide heads"] = Plain with { HiddenSize = 33, Heads = 1, KeyValueHeads = 1, HeadSize = 72 },
    };

    public static TheoryData<string, int> ShapesAndWidths()
    {
        var data = new TheoryData<string, int>();
        foreach (var name in Shapes.Keys)
            foreach (var lanes in (int[])[16, 8, 4]) data.Add(name, lanes);
        return data;
    }

    [Theory]
    [MemberData(nameof(ShapesAndWidths))]
    public void Logits_equal_those_of_the_formulas(string shape, int lanes)
    {
        using var model = new RandomModel(Shapes[shape]);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1, lanes);
        var random = new Random(7);
        // 11 is longer than a vector, 1 the shortest; three steps cross no vector, and the prompts of 30 cross a block.
        var prompts = ((int[])[1, 11, 4, 30]).Select(n => Feed.Prompt(random, model.Config.VocabularySize, n)).ToArray();
        var histories = prompts.SelectMany(p => (List<MixtureRow>[])[[.. p], [.. p]]).ToArray();

        var logits = Feed.Begin(decoder, prompts, rowsPerPrompt: 2, newPositions: 9);
        Compare();
        for (var step = 0; step < 9; step++)
        {
            var inputs = histories.Select(_ => Feed.Mixture(random, model.Config.VocabularySize, 4)).ToArray();
            logits = Feed.Next(decoder, inputs);
            for (var row = 0; row < inputs.Length; row++) histories[row].Add(inputs[row]);
            if (step is 0 or 8) Compare();
        }

        void Compare()
        {
            for (var row = 0; row < histories.Length; row++)
            {
                var expected = model.Scalar.Logits(histories[row]);
                for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], logits[row][i], 2e-5);
            }
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("odd")]
    [InlineData("norms per head")]
    public void Rows_are_the_same_to_the_bit_for_any_workers_batch_and_order(string shape)
    {
        using var model = new RandomModel(Shapes[shape]);
        const int count = 67, steps = 10; // neither whole blocks nor whole tiles
        var random = new Random(3);
        var prompts = Enumerable.Range(0, count).Select(i => Feed.Prompt(random, model.Config.VocabularySize, 1 + (i % 9)))
            .ToArray();
        var inputs = Enumerable.Range(0, steps)
            .Select(_ => prompts.Select(_ => Feed.Mixture(random, model.Config.VocabularySize, 4)).ToArray()).ToArray();
        var all = Enumerable.Range(0, count).ToArray();
        var expected = Play(all, workers: 1);

        Same(all, workers: 2);
        Same(all, workers: 3);
        Same([.. all.OrderBy(_ => random.Next())], workers: 2);
        Same(all[..20], workers: 1);
        Same(all[20..], workers: 2);
        Same([41], workers: 1);

        void Same(int[] rows, int workers)
        {
            var actual = Play(rows, workers);
            for (var row = 0; row < rows.Length; row++) Assert.Equal(expected[rows[row]], actual[row]);
        }

        float[][] Play(int[] rows, int workers)
        {
            using var decoder = new SimdDecoder(model.Config, model.Tensors, workers);
            var played = Feed.Begin(decoder, rows.Select(r => prompts[r]).ToArray(), 1, steps);
            foreach (var step in inputs)
                played = played.Zip(Feed.Next(decoder, rows.Select(r => step[r]).ToArray()), (a, b) => (float[])[.. a, .. b])
                    .ToArray();
            return played;
        }
    }

    [Fact]
    public void Kept_rows_go_on_as_if_the_others_had_never_been()
    {
        using var model = new RandomModel(Plain);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 2);
        using var whole = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        var random = new Random(5);
        var prompts = Enumerable.Range(0, 10).Select(i => Feed.Prompt(random, 107, 3 + i)).ToArray();
        Feed.Begin(decoder, prompts, 8, 12);
        Feed.Begin(whole, prompts, 8, 12);
        var alive = Enumerable.Range(0, 80).ToArray();
        for (var step = 0; step < 12; step++)
        {
            if (step % 3 == 2)
            {
                // Half of the rows, in a new order.
                var kept = Enumerable.Range(0, alive.Length).OrderBy(_ => random.Next()).Take(alive.Length / 2).ToArray();
                decoder.Keep(kept);
                alive = kept.Select(r => alive[r]).ToArray();
            }
            var inputs = Enumerable.Range(0, 80).Select(_ => Feed.Mixture(random, 107, 4)).ToArray();
            var expected = Feed.Next(whole, inputs);
            var actual = Feed.Next(decoder, alive.Select(r => inputs[r]).ToArray());
            for (var row = 0; row < alive.Length; row++) Assert.Equal(expected[alive[row]], actual[row]);
        }
    }

    [Fact]
    public void Rows_of_one_prompt_go_their_own_ways()
    {
        using var model = new RandomModel(Plain);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        var prompt = Feed.Prompt(new Random(1), 107, 6);
        var first = Feed.Begin(decoder, [prompt], 2, 2);
        Assert.Equal(first[0], first[1]);
        var second = Feed.Next(decoder, [MixtureRow.Token(3), MixtureRow.Token(4)]);
        Assert.NotEqual(second[0], second[1]);
        var third = Feed.Next(decoder, [MixtureRow.Token(5), MixtureRow.Token(5)]);
        Assert.NotEqual(third[0], third[1]);
    }

    [Fact]
    public void Starting_anew_forgets_everything()
    {
        using var model = new RandomModel(Plain);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        var random = new Random(1);
        var (longer, prompt) = (Feed.Prompt(random, 107, 40), Feed.Prompt(random, 107, 6));
        var input = Feed.Mixture(random, 107, 3);
        Feed.Begin(decoder, [prompt], 1, 3);
        var expected = Feed.Next(decoder, [input])[0];
        Feed.Begin(decoder, [longer, longer], 3, 30);
        Feed.Next(decoder, Enumerable.Repeat(input, 6).ToArray());
        Feed.Begin(decoder, [prompt], 1, 3);
        Assert.Equal(expected, Feed.Next(decoder, [input])[0]);
    }

    [Fact]
    public void A_refresh_sees_changed_parameters_and_nothing_else_does()
    {
        using var model = new RandomModel(Shapes["odd"]);
        using var changed = new RandomModel(Shapes["odd"], seed: 2);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        using var other = new SimdDecoder(changed.Config, changed.Tensors, workers: 1);
        var prompt = Feed.Prompt(new Random(1), 61, 6);
        var before = Feed.Begin(decoder, [prompt], 1, 0)[0];
        foreach (var (name, tensor) in model.Tensors) tensor.copy_(changed.Tensors[name]);
        Assert.Equal(before, Feed.Begin(decoder, [prompt], 1, 0)[0]);
        decoder.Refresh();
        Assert.Equal(Feed.Begin(other, [prompt], 1, 0)[0], Feed.Begin(decoder, [prompt], 1, 0)[0]);
    }

    [Fact]
    public void Views_that_are_not_contiguous_are_read_as_what_they_show()
    {
        using var scope = NewDisposeScope();
        using var model = new RandomModel(Plain);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        var prompt = Feed.Prompt(new Random(1), 107, 4);
        Feed.Begin(decoder, [prompt], 2, 2);
        var ids = tensor(new long[] { 1, 2, 3, 4 }, [2, 2]); // transposed: (1, 3), (2, 4)
        var weights = tensor(new[] { 0.1f, 0.2f, 0.9f, 0.8f }, [2, 2]); // transposed: (0.1, 0.9), (0.2, 0.8)
        var logits = decoder.Step(ids.t(), weights.t());
        Feed.Begin(decoder, [prompt], 2, 2);
        var expected = Feed.Next(decoder, [new([1, 3], [0.1f, 0.9f]), new([2, 4], [0.2f, 0.8f])]);
        Assert.Equal(expected.SelectMany(r => r), logits.data<float>().ToArray());
    }

    [Fact]
    public void A_weight_that_is_not_a_number_spoils_its_row_alone()
    {
        using var model = new RandomModel(Plain);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        var prompt = Feed.Prompt(new Random(1), 107, 4);
        Feed.Begin(decoder, [prompt], 2, 3);
        var spoiled = Feed.Next(decoder, [new([5], [float.NaN]), MixtureRow.Token(5)]);
        Assert.All(spoiled[0], x => Assert.True(float.IsNaN(x)));
        Assert.All(spoiled[1], x => Assert.True(float.IsFinite(x)));
        Assert.All(Feed.Next(decoder, [MixtureRow.Token(1), MixtureRow.Token(1)])[0], x => Assert.True(float.IsNaN(x)));
        // The cache still holds what is not a number; new rows must not see it.
        Feed.Begin(decoder, [prompt], 2, 3);
        Assert.All(Feed.Next(decoder, [MixtureRow.Token(5), MixtureRow.Token(5)]), row => Assert.Equal(spoiled[1], row));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        using var model = new RandomModel(Plain with { MaxPositions = 10 });
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1);
        var token = MixtureRow.Token(1);
        Refused("Prompt 1 is empty", () => decoder.Add([[token], []], 1, 2));
        Refused("Prompt 0 has 4 tokens, but only 3 fit before the completion", () =>
            decoder.Add([[token, token, token, token]], 1, 7));
        Refused("id 107 of prompt 0", () => decoder.Add([[MixtureRow.Token(107)]], 1, 2));
        decoder.Release();
        decoder.Add([[token]], 2, 1).Dispose();
        using var ids = tensor(new long[] { 1, -1 }, [2, 1]);
        using var weights = ones(2, 1);
        Refused("id -1 of row 1", () => decoder.Step(ids, weights));
        using var three = ones(3, 1);
        Refused("weights must be (2, 1)", () => decoder.Step(ids, three));
        Refused("row 1 is named twice", () => Keep(1, 1));
        Refused("row 2 is not one of 2 rows", () => Keep(2));
        Refused("row -1 is not one of 2 rows", () => Fork(-1));
        using var good = tensor(new long[] { 1, 2 }, [2, 1]);
        decoder.Step(good, weights).Dispose();
        Assert.Contains(
            "all 1 new positions of row 0", Assert.Throws<InvalidOperationException>(() => decoder.Step(good, weights)).Message);

        var incomplete = model.Tensors.Where(p => p.Key != "model.norm.weight").ToDictionary();
        Refused("model.norm.weight is missing", () => new SimdDecoder(model.Config, incomplete, 1));
        Refused("model.embed_tokens.weight has shape (107, 64)", () =>
            new SimdDecoder(model.Config with { VocabularySize = 106 }, model.Tensors, 1));

        object? Keep(params int[] rows)
        {
            decoder.Keep(rows);
            return null;
        }

        object? Fork(int row)
        {
            decoder.Fork(row, 1);
            return null;
        }

        static void Refused(string why, Func<object?> act) =>
            Assert.Contains(why, Assert.ThrowsAny<ArgumentException>(act).Message);
    }
}
