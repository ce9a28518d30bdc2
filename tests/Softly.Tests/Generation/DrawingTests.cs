using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Generation;

/// <summary>Steps drawn row by row are those drawn with tensors: the same rollouts for the same seeds.</summary>
public class DrawingTests
{
    /// <summary>Every law that has a row form, plain and with other settings.</summary>
    private static readonly StepLaw?[] Laws =
    [
        .. StepLaws.Names.Select(n => StepLaws.Make(n, new LawSettings())).Where(l => l.HasRowForm),
        new GumbelSoftmax(0), new GumbelSoftmax(0.5, 0.6), new GumbelWinner(1), new GumbelWinner(1, 0.4), new Concrete(1),
        new GumbelLadder(0.5, [0, 0.3, 1], 0.4), new GumbelReference(0.3, 0.7), new Multiplex(4, DrawWeights.Probability),
        new WithoutReplacement(2, DrawWeights.Mean), new MixtureOfInputs(0.5), null,
    ];

    private static readonly Dictionary<string, SupportFilter> Filters = new()
    {
        ["the paper's"] = new() { TopK = 5, TopP = 0.95 },
        ["greedy"] = new() { TopK = 1 },
        ["top-k alone, cold"] = new() { TopK = 7, Temperature = 0.6 },
        ["all"] = new(),
        ["all, hot"] = new() { Temperature = 1.7 },
        ["top-p alone"] = new() { TopP = 0.8 },
        ["min-p"] = new() { TopK = 10, MinP = 0.2 },
        ["min-p alone"] = new() { MinP = 0.1, Temperature = 1.3 },
        ["slots"] = new() { TopP = 0.9, Slots = 6 },
        ["more slots than are kept"] = new() { TopK = 3, TopP = 0.9, Slots = 8 },
        ["fewer slots than are kept"] = new() { TopK = 9, TopP = 0.99, Slots = 2 },
    };

    public static TheoryData<int, string> LawsAndFilters()
    {
        var data = new TheoryData<int, string>();
        for (var law = 0; law < Laws.Length; law++)
            foreach (var filter in Filters.Keys) data.Add(law, filter);
        return data;
    }

    [Fact]
    public void The_laws_with_a_row_form_are_many()
    {
        var without = StepLaws.Names.Where(n => !StepLaws.Make(n, new LawSettings()).HasRowForm);
        Assert.Equal(
            ["dirichlet", "gamma", "gamma-reference", "gaussian-embedding", "gaussian-logits", "gaussian-probabilities",
                "gaussian-reference", "neighbors"],
            without);
    }

    /// <summary>One step each from many logits: no rounding is fed back, so that all numbers agree closely.</summary>
    [Theory]
    [MemberData(nameof(LawsAndFilters))]
    public void A_step_of_one_row_is_that_of_tensors(int law, string filter)
    {
        foreach (var vocabulary in (int[])[1, 2, 3, 16, 23, 64, 107, 1500])
        {
            var sampling = new SamplingOptions
            {
                Law = Laws[law], Thinking = Filters[filter], Answer = Filters[filter], MaxNewTokens = 1,
            };
            if (sampling.Law is { ThinksBlank: true }) sampling = Blank(sampling);
            if (sampling.Problems(vocabulary, training: false).Any()) continue;
            using var decoder = new Fixed(vocabulary, rows: 24);
            var prompts = Enumerable.Range(0, 24).Select(i => Some.Prompt($"{i}", 0)).ToArray();
            Same(Drawn(DrawingForm.Tensors), Drawn(DrawingForm.Rows), 1e-5);

            IReadOnlyList<RolloutGroup> Drawn(DrawingForm form) =>
                new Generator(decoder, CPU, vocabulary, [0], Some.Words) { Drawing = form, Workers = 2 }
                    .Generate(prompts, 2, sampling, seed: 5);
        }
    }

    public static TheoryData<int, string, string> WholeRollouts()
    {
        var data = new TheoryData<int, string, string>();
        for (var law = 0; law < Laws.Length; law++)
            foreach (var engine in (string[])["torch", "simd"])
                foreach (var filter in (string[])["the paper's", "greedy", "all", "more slots than are kept"])
                    data.Add(law, engine, filter);
        return data;
    }

    /// <summary>A mixture feeds rounding back, and on these random models a difference about doubles from step to step.</summary>
    [Theory]
    [MemberData(nameof(WholeRollouts))]
    public void Whole_rollouts_are_those_of_tensors(int law, string engine, string filter)
    {
        using var model = Some.Model(deviation: 0.18);
        using var decoder = Some.Engine(engine, model);
        var sampling = new SamplingOptions
        {
            Law = Laws[law], Thinking = Filters[filter], MaxNewTokens = 14, ThinkEnd = new ThinkEnd(Some.ThinkEndToken),
        };
        if (sampling.Law is { ThinksBlank: true }) sampling = Blank(sampling);
        foreach (var options in (SamplingOptions[])
        [
            sampling,
            sampling with { Answer = new SupportFilter { TopK = 6, TopP = 0.9 }, StopTexts = ["15", "3 3"] },
        ])
        {
            var (tensors, rows) = (Drawn(DrawingForm.Tensors, options), Drawn(DrawingForm.Rows, options));
            Same(tensors, rows, 5e-4);
        }

        IReadOnlyList<RolloutGroup> Drawn(DrawingForm form, SamplingOptions options) =>
            new Generator(decoder, CPU, model.Config.VocabularySize, [Some.EndToken], Some.Words) { Drawing = form }
                .Generate(Some.Prompts, 5, options, seed: 5);
    }

    [Theory]
    [InlineData("torch")]
    [InlineData("simd")]
    public void What_ends_thinking_ends_it_at_the_same_step(string engine)
    {
        using var model = Some.Model(deviation: 0.18);
        using var decoder = Some.Engine(engine, model);
        var soft = Some.Soft(new GumbelSoftmax(), length: 30);
        var kinds = new HashSet<StepKind>();
        foreach (var sampling in (SamplingOptions[])
        [
            soft,
            soft with { ThinkLength = 4 },                                     // put in
            soft with { ColdStop = new ColdStop(1.5, 2) },                      // sure for long
            soft with { ThinkLength = 20, ColdStop = new ColdStop(1.5, 3), StopTexts = ["7"] },
            soft with { ThinkEnd = ThinkEnd.Never },                            // thoughts that never end
            soft with { ThinkEnd = new ThinkEnd(Text: "1") },                   // a text
            soft with { MaxNewTokens = 1 },
            soft with { Law = new Blank(), ThinkLength = 3 },
            new SamplingOptions { MaxNewTokens = 1 },
        ])
        {
            var tensors = Drawn(DrawingForm.Tensors, 16, Some.Prompts);
            Same(tensors, Drawn(DrawingForm.Rows, 16, Some.Prompts), 1e-2);
            Same(Drawn(DrawingForm.Tensors, 1, [Some.Prompts[1]]), Drawn(DrawingForm.Rows, 1, [Some.Prompts[1]]), 1e-2);
            kinds.UnionWith(tensors.SelectMany(g => g.Rollouts).SelectMany(r => r.Steps).Select(s => s.Kind));

            IReadOnlyList<RolloutGroup> Drawn(DrawingForm form, int size, IReadOnlyList<Prompt> prompts) =>
                new Generator(decoder, CPU, model.Config.VocabularySize, [Some.EndToken], Some.Words) { Drawing = form }
                    .Generate(prompts, size, sampling, seed: 9);
        }
        Assert.Superset(new HashSet<StepKind> { StepKind.Soft, StepKind.Hard, StepKind.Forced }, kinds);
    }

    [Fact]
    public void The_number_of_workers_changes_no_bit()
    {
        using var model = Some.Model();
        using var decoder = Some.Engine("torch", model);
        IReadOnlyList<RolloutGroup> Drawn(int workers) =>
            new Generator(decoder, CPU, model.Config.VocabularySize, [Some.EndToken], Some.Words) { Workers = workers }
                .Generate(Some.Prompts, 20, Some.Soft(new GumbelSoftmax()), seed: 5);
        var one = Drawn(1);
        Same(one, Drawn(2), 0);
        Same(one, Drawn(3), 0);
    }

    [Fact]
    public void Rows_are_refused_where_there_is_no_row_form()
    {
        using var model = Some.Model();
        using var decoder = Some.Engine("torch", model);
        var generator = new Generator(decoder, CPU, model.Config.VocabularySize, [], Some.Words) { Drawing = DrawingForm.Rows };
        var error = Assert.Throws<ArgumentException>(
            () => generator.Generate(Some.Prompts, 1, Some.Soft(new Gamma()), seed: 1));
        Assert.Contains("gamma has no row form", error.Message);
        Assert.Throws<NotSupportedException>(() => new Gamma().DrawRow(default, []));
    }

    private static SamplingOptions Blank(SamplingOptions sampling) =>
        sampling with { ThinkLength = 2, ThinkEnd = new ThinkEnd(Token: 0) };

    internal static void Same(IReadOnlyList<RolloutGroup> expected, IReadOnlyList<RolloutGroup> actual, double tolerance)
    {
        Assert.Equal(expected.Select(g => g.Prompt), actual.Select(g => g.Prompt));
        foreach (var (a, b) in expected.SelectMany(g => g.Rollouts).Zip(actual.SelectMany(g => g.Rollouts)))
        {
            Assert.Equal(a.Tokens, b.Tokens);
            Assert.Equal((a.Text, a.Finish), (b.Text, b.Finish));
            for (var t = 0; t < a.Length; t++)
            {
                var (x, y) = (a[t], b[t]);
                Assert.Equal((x.Kind, x.Temperature, x.WinnerScale), (y.Kind, y.Temperature, y.WinnerScale));
                Assert.Equal(x.Slots.Ids.ToArray(), y.Slots.Ids.ToArray());
                Assert.Equal(x.Slots.Kept.ToArray(), y.Slots.Kept.ToArray());
                Near(tolerance, x.Slots.LogP.ToArray(), y.Slots.LogP.ToArray(), $"step {t}, log p");
                Near(tolerance, x.Slots.Weights.ToArray(), y.Slots.Weights.ToArray(), $"step {t}, weights");
                Near(tolerance, x.Slots.Values.ToArray(), y.Slots.Values.ToArray(), $"step {t}, values");
                Near(
                    tolerance, [x.LogDensity, x.Entropy, x.Mass], [y.LogDensity, y.Entropy, y.Mass], $"step {t}, numbers");
            }
        }
    }

    /// <summary>Relative to numbers above 1, absolute below.</summary>
    private static void Near(double tolerance, float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(
                expected[i].Equals(actual[i])
                    || Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"{what} [{i}]: {expected[i]} against {actual[i]}");
    }

    /// <summary>Answers every prompt with random logits, the same in every call, and can be fed nothing.</summary>
    private sealed class Fixed(int vocabulary, int rows) : IDecoder
    {
        private readonly Tensor _logits = tensor(
            [.. Enumerable.Range(0, vocabulary * rows).Select(i => Number(i))], [rows, vocabulary]);

        public Tensor Embedding { get; } = zeros(vocabulary, 4);

        public bool IsApart => true;

        public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions) =>
            _logits.clone();

        public void Fork(int row, int count) => throw new NotSupportedException();

        public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null) => throw new NotSupportedException();

        public void Keep(ReadOnlySpan<int> rows) => Assert.Equal(0, rows.Length);

        public void Refresh() { }

        public void Release() { }

        public void Dispose()
        {
            _logits.Dispose();
            Embedding.Dispose();
        }

        private static float Number(int i) => (float)(2.5 * Math.Sin(i * 12.9898) + Math.Cos(i * 78.233));
    }
}
