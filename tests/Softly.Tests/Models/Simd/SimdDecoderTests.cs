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
        // Several panels of every weight, the last of each not full.
        ["panels"] = Plain with
        {
            VocabularySize = 203, HiddenSize = 137, IntermediateSize = 165, Heads = 6, KeyValueHeads = 2, HeadSize = 34,
            QkvBias = true, OutputBias = true, FeedForwardBias = true, QkNorm = true,
        },
    };

    public static TheoryData<string, int, bool> ShapesAndWidths()
    {
        var data = new TheoryData<string, int, bool>();
        foreach (var name in Shapes.Keys)
            foreach (var lanes in (int[])[16, 8, 4])
                foreach (var panels in (bool[])[false, true]) data.Add(name, lanes, panels);
        return data;
    }

    [Theory]
    [MemberData(nameof(ShapesAndWidths))]
    public void Logits_equal_those_of_the_formulas(string shape, int lanes, bool panels)
    {
        using var model = new RandomModel(Shapes[shape]);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 1, lanes, panels);
        var random = new Random(7);
        // 11 is longer than a vector, 1 the shortest; three steps cross no vector, and the last prompts cross a block.
        var prompts = ((int[])[1, 11, 4, panels ? 70 : 30])
            .Select(n => Feed.Prompt(random, model.Config.VocabularySize, n)).ToArray();
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
    [InlineData("plain", "tiles")]
    [InlineData("odd", "tiles")]
    [InlineData("norms per head", "tiles")]
    [InlineData("panels", "panels")]
    [InlineData("odd", "panels")]
    [InlineData("panels", "half")]
    [InlineData("shared three to one", "half")]
    public void Rows_are_the_same_to_the_bit_for_any_workers_batch_and_order(string shape, string products)
    {
        Need(products);
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
            using var decoder = Make(model, workers, products);
            var played = Feed.Begin(decoder, rows.Select(r => prompts[r]).ToArray(), 1, steps);
            foreach (var step in inputs)
                played = played.Zip(Feed.Next(decoder, rows.Select(r => step[r]).ToArray()), (a, b) => (float[])[.. a, .. b])
                    .ToArray();
            return played;
        }
    }

    /// <summary>Groups of 16 that share a prompt, and a prompt of several blocks: rows alone are the truth.</summary>
    [Theory]
    [InlineData("panels")]
    [InlineData("half")]
    public void Groups_that_share_a_prompt_decode_as_each_row_would_alone(string products)
    {
        Need(products);
        using var model = new RandomModel(Shapes["panels"]);
        var random = new Random(11);
        var prompts = ((int[])[150, 3, 33, 32, 64]).Select(n => Feed.Prompt(random, 203, n)).ToArray();
        var inputs = Enumerable.Range(0, 40)
            .Select(_ => Enumerable.Range(0, 80).Select(_ => Feed.Mixture(random, 203, 3)).ToArray()).ToArray();
        using var together = Make(model, 2, products);
        using var alone = Make(model, 1, products);
        var start = Feed.Begin(together, prompts, 16, inputs.Length);
        var played = inputs.Select(step => Feed.Next(together, step)).ToArray();
        foreach (var row in (int[])[0, 15, 16, 47, 63, 79])
        {
            Assert.Equal(Feed.Begin(alone, [prompts[row / 16]], 1, inputs.Length)[0], start[row]);
            for (var step = 0; step < inputs.Length; step++)
                Assert.Equal(Feed.Next(alone, [inputs[step][row]])[0], played[step][row]);
        }
    }

    /// <summary>Every count of rows that a product may have, and row 0 among them.</summary>
    [Theory]
    [InlineData("panels")]
    [InlineData("half")]
    public void The_number_of_rows_changes_no_bit_of_a_row(string products)
    {
        Need(products);
        using var model = new RandomModel(Shapes["panels"]);
        using var decoder = Make(model, 2, products);
        var random = new Random(11);
        var prompt = Feed.Prompt(random, 203, 5);
        var input = Feed.Mixture(random, 203, 3);
        float[]? expected = null;
        foreach (var rows in (int[])[1, 2, 3, 4, 5, 8, 9, 31, 32, 33, 63, 64, 65, 129, 200])
        {
            Feed.Begin(decoder, [prompt], rows, 1);
            var actual = Feed.Next(decoder, Enumerable.Repeat(input, rows).ToArray());
            expected ??= actual[0];
            Assert.All(actual, row => Assert.Equal(expected, row));
        }
    }

    public static TheoryData<string> Names => [.. Shapes.Keys];

    /// <summary>The truth rounds weights and the inputs of products to eight bits, as the engine does.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_in_half_precision_are_those_of_formulas_that_round_where_the_kernels_round(string shape)
    {
        Need("half");
        using var model = new RandomModel(Shapes[shape] with { Layers = 1 });
        using var decoder = Make(model, 2, "half");
        var random = new Random(7);
        var prompts = ((int[])[1, 11, 40]).Select(n => Feed.Prompt(random, model.Config.VocabularySize, n)).ToArray();
        var histories = prompts.Select(p => p.ToList()).ToArray();
        var logits = Feed.Begin(decoder, prompts, 1, 9);
        for (var step = 0; step < 9; step++)
        {
            var inputs = histories.Select(_ => Feed.Mixture(random, model.Config.VocabularySize, 4)).ToArray();
            logits = Feed.Next(decoder, inputs);
            for (var row = 0; row < inputs.Length; row++) histories[row].Add(inputs[row]);
        }
        var same = 0;
        for (var row = 0; row < histories.Length; row++)
        {
            var rounded = model.Half.Logits(histories[row]);
            var exact = model.Scalar.Logits(histories[row]);
            var spread = Math.Sqrt(exact.Average(x => x * x));
            var near = Rms(rounded, logits[row]) / spread;
            var far = Rms(exact, logits[row]) / spread;
            // Now and then single precision carries a number over the middle between two halves, which then rounds the other way:
            // in one row of the three at most, and to less than what rounding itself does.
            if (near < 1e-6) same++;
            Assert.InRange(near, 0, far / 2);
            Assert.InRange(far, 0.0005, 0.03);
        }
        Assert.InRange(same, 2, 3);

        static double Rms(double[] expected, float[] actual) =>
            Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Average());
    }

    [Fact]
    public void Parameters_that_are_half_precision_already_decode_as_their_single_precision_would()
    {
        Need("half");
        using var model = new RandomModel(Shapes["panels"]);
        var halves = model.Tensors.ToDictionary(p => p.Key, p => p.Value.to(ScalarType.BFloat16));
        foreach (var (name, tensor) in model.Tensors) tensor.copy_(halves[name]);
        using var decoder = new SimdDecoder(model.Config, model.Tensors, workers: 2, half: true);
        using var other = new SimdDecoder(model.Config, halves, workers: 2, half: true);
        var random = new Random(2);
        var prompt = Feed.Prompt(random, 203, 9);
        Assert.Equal(Feed.Begin(decoder, [prompt], 2, 1), Feed.Begin(other, [prompt], 2, 1));
        MixtureRow[] inputs = [Feed.Mixture(random, 203, 3), MixtureRow.Token(4)];
        Assert.Equal(Feed.Next(decoder, inputs), Feed.Next(other, inputs));
        foreach (var tensor in halves.Values) tensor.Dispose();
    }

    /// <summary>The shape of SmolLM2-135M, fewer layers and tokens: libtorch's logits in both types.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_wide_model_agrees_with_libtorch(ScalarType type)
    {
        var half = type == ScalarType.BFloat16;
        if (half) Need("half");
        using var masters = new Decoder(new DecoderConfig
        {
            VocabularySize = 1000, HiddenSize = 576, IntermediateSize = 1536, Layers = 4,
            Heads = 9, KeyValueHeads = 3, HeadSize = 64,
        });
        masters.Initialize(3);
        using var copy = new Decoder(masters.Config, type);
        copy.CopyFrom(masters);
        using var torch = new TorchDecoder(copy);
        using var decoder = new SimdDecoder(masters.Config, masters.Named, workers: 2, half);
        var random = new Random(1);
        var prompts = ((int[])[70, 9, 128, 1]).Select(n => Feed.Prompt(random, 1000, n)).ToArray();
        Near(Feed.Begin(torch, prompts, 16, 4), Feed.Begin(decoder, prompts, 16, 4));
        for (var step = 0; step < 4; step++)
        {
            var inputs = Enumerable.Range(0, 64).Select(_ => Feed.Mixture(random, 1000, 5)).ToArray();
            Near(Feed.Next(torch, inputs), Feed.Next(decoder, inputs));
        }

        void Near(float[][] expected, float[][] actual)
        {
            var largest = expected.Max(row => row.Max(Math.Abs));
            var apart = expected.Zip(actual).Max(r => r.First.Zip(r.Second).Max(x => Math.Abs(x.First - x.Second)));
            Assert.InRange(apart / largest, 0, half ? 0.03 : 1e-5);
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

    private static SimdDecoder Make(RandomModel model, int workers, string products) => new(
        model.Config, model.Tensors, workers, Lanes.Widest, panels: products != "tiles", half: products == "half");

    private static void Need(string products)
    {
        if (products == "half" && !SimdDecoder.SupportsHalf) Assert.Skip("this processor has no products in bfloat16");
    }
}
