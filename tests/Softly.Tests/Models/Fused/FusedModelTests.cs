using Softly.Models;
using Softly.Tests.Models.Simd;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Fused;

/// <summary>The fused passes against the plain decoder in double precision, hidden states and every gradient.</summary>
public sealed class FusedModelTests
{
    private static readonly DecoderConfig Plain = new()
    {
        VocabularySize = 19, HiddenSize = 32, IntermediateSize = 48, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8,
        TiedHead = true,
    };

    public static TheoryData<string> Shapes => [.. Configs.Keys];

    private static readonly Dictionary<string, DecoderConfig> Configs = new()
    {
        ["plain"] = Plain,
        ["odd sizes"] = Plain with { HiddenSize = 27, IntermediateSize = 37, Heads = 3, KeyValueHeads = 3, HeadSize = 6 },
        ["one key head"] = Plain with { Heads = 5, KeyValueHeads = 1, HeadSize = 10, Layers = 3 },
        ["biases"] = Plain with { QkvBias = true, OutputBias = true, FeedForwardBias = true },
        ["qk-norm"] = Plain with { QkNorm = true, QkvBias = true, HeadSize = 20 },
        ["wide"] = Plain with { HiddenSize = 208, IntermediateSize = 272, Heads = 6, KeyValueHeads = 3, HeadSize = 32 },
    };

    /// <summary>Prompt and completion lengths of each group.</summary>
    private static readonly (int Prompt, int[] Completions)[] Groups =
        [(5, [3, 1, 7]), (1, []), (40, [70, 33, 1]), (3, [0, 2]), (90, [2, 2, 2, 2, 31, 32])];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Hidden_states_and_gradients_are_the_plain_decoder_s(string shape)
    {
        var expected = PlainPass(Configs[shape]);
        foreach (var (workers, recomputes) in new[] { (1, false), (3, false), (2, true) })
            Near(expected, FusedPass(Configs[shape], half: false, workers, recomputes), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_in_bfloat16_stay_within_their_rounding(string shape)
    {
        if (!BlockProduct.HasHalf) Assert.Skip("this processor has no products in bfloat16");
        if (shape == "odd sizes") return; // refused: the next test
        Near(PlainPass(Configs[shape]), FusedPass(Configs[shape], half: true, workers: 2, recomputes: false), 3e-2);
    }

    [Fact]
    public void What_fused_passes_cannot_do_is_refused_with_the_remedy()
    {
        using var wide = new Decoder(Plain, ScalarType.Float64);
        Assert.Contains("update_engine: torch", Assert.Throws<NotSupportedException>(() => wide.Fuse(false, 1)).Message);
        using var odd = new Decoder(Configs["odd sizes"]);
        if (BlockProduct.HasHalf)
            Assert.Contains("update_dtype: float32", Assert.Throws<NotSupportedException>(() => odd.Fuse(true, 1)).Message);
        using var model = new Decoder(Plain);
        using var inputs = zeros(4, 32);
        model.Fuse(false, 1);
        Assert.Throws<ArgumentException>(() => model.Fused!.Forward(inputs, Layout()));
        using var adapter = new LoraAdapter(Plain, new LoraOptions { Rank = 2 }, ScalarType.Float32, CPU);
        Assert.Contains("adapter", Assert.Throws<InvalidOperationException>(() => model.Attach(adapter)).Message);
    }

    [Fact]
    public void A_pass_that_was_not_finite_leaves_nothing_to_the_next()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Plain, ScalarType.Float32);
        model.Fuse(half: false, workers: 1);
        var layout = Layout();
        var (inputs, weights) = Numbers(Plain, layout.Tokens);
        double[] Gradients(Tensor from)
        {
            foreach (var parameter in model.Parameters) parameter.grad?.zero_();
            model.Fused!.Forward(from, layout).mul(weights).sum().backward();
            return [.. model.Parameters.SelectMany(p => Values(p.grad!))];
        }
        var expected = Gradients(inputs);
        Assert.Contains(Gradients(inputs.mul(float.NaN)), double.IsNaN);
        Assert.Equal(expected, Gradients(inputs));
    }

    [Fact]
    public void Any_number_of_workers_gives_the_same_bits()
    {
        var one = FusedPass(Configs["wide"], half: false, workers: 1, recomputes: false);
        foreach (var workers in new[] { 2, 4 })
        {
            var other = FusedPass(Configs["wide"], half: false, workers, recomputes: false);
            foreach (var (name, values) in one) Assert.Equal(values, other[name]);
        }
        var again = FusedPass(Configs["wide"], half: false, workers: 2, recomputes: true);
        foreach (var (name, values) in one) Assert.Equal(values, again[name]);
    }

    [Fact]
    public void Memory_is_given_back_with_the_model_and_with_a_graph_that_is_dropped()
    {
        Collect();
        var before = (NativeFloats.Live, Arena.Live, FactorPanels.Live);
        FusedPass(Plain, half: false, workers: 2, recomputes: false);
        Dropped();
        Collect();
        Assert.Equal(before, (NativeFloats.Live, Arena.Live, FactorPanels.Live));

        static void Dropped()
        {
            using var scope = NewDisposeScope();
            using var model = Model(Plain, ScalarType.Float32);
            model.Fuse(half: false, workers: 1);
            var layout = Layout();
            model.Fused!.Forward(Numbers(Plain, layout.Tokens).Inputs, layout); // no way back
            Assert.True(Arena.Live > 0 && FactorPanels.Live > 0);
        }

        static void Collect()
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
    }

    private static PackedLayout Layout()
    {
        var groups = new List<PromptGroup>();
        var at = 0;
        foreach (var (prompt, completions) in Groups)
        {
            var start = at;
            at += prompt;
            groups.Add(new PromptGroup(new(start, prompt), [.. completions.Select(c => new Stretch((at += c) - c, c))]));
        }
        return new PackedLayout(groups);
    }

    private static Decoder Model(DecoderConfig config, ScalarType type)
    {
        var model = new Decoder(config, type);
        using var off = no_grad();
        foreach (var (name, tensor) in new RandomModel(config).Tensors) model.Named[name].copy_(tensor);
        return model;
    }

    private static (Tensor Inputs, Tensor Weights) Numbers(DecoderConfig config, int tokens)
    {
        using var generator = new Generator(7);
        return (randn([tokens, config.HiddenSize], ScalarType.Float32, generator: generator),
            randn([tokens, config.HiddenSize], ScalarType.Float32, generator: generator));
    }

    private static Dictionary<string, double[]> FusedPass(DecoderConfig config, bool half, int workers, bool recomputes)
    {
        using var scope = NewDisposeScope();
        using var model = Model(config, ScalarType.Float32);
        model.Recomputes = recomputes;
        model.Fuse(half, workers);
        var layout = Layout();
        var (inputs, weights) = Numbers(config, layout.Tokens);
        inputs.requires_grad = true;
        Dictionary<string, double[]> first = [];
        for (var pass = 0; pass < 2; pass++) // memory of the first pass is used again by the second
        {
            foreach (var parameter in model.Parameters.Append(inputs)) parameter.grad?.zero_();
            var hidden = model.Fused!.Forward(inputs, layout); // (N, D)
            hidden.mul(weights).sum().backward();
            var found = Gathered(model, hidden, inputs);
            if (pass == 0) first = found;
            else foreach (var (name, values) in first) Assert.Equal(values, found[name]);
            using (no_grad())
            {
                var quiet = model.Fused.Forward(inputs, layout);
                Assert.Equal(hidden.data<float>().ToArray(), quiet.data<float>().ToArray());
            }
        }
        return first;
    }

    /// <summary>Every completion in a row of its own behind its prompt, in double precision.</summary>
    private static Dictionary<string, double[]> PlainPass(DecoderConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = Model(config, ScalarType.Float64);
        var layout = Layout();
        var (inputs, weights) = Numbers(config, layout.Tokens);
        inputs = inputs.to(ScalarType.Float64).detach().requires_grad_(true);
        var hidden = zeros([layout.Tokens, config.HiddenSize], ScalarType.Float64);
        foreach (var group in layout.Groups)
        {
            var prompt = inputs.narrow(0, group.Prompt.Start, group.Prompt.Length);
            Take(group.Prompt, model.Forward(prompt.unsqueeze(0)).squeeze(0));
            foreach (var completion in group.Completions.Where(c => c.Length > 0))
                Take(
                    completion,
                    model.Forward(cat([prompt, inputs.narrow(0, completion.Start, completion.Length)]).unsqueeze(0)).squeeze(0)
                        .narrow(0, group.Prompt.Length, completion.Length));
        }
        hidden.mul(weights).sum().backward();
        return Gathered(model, hidden, inputs);

        void Take(Stretch at, Tensor rows) => hidden = hidden.slice_scatter(rows, 0, at.Start, at.Start + at.Length);
    }

    private static Dictionary<string, double[]> Gathered(Decoder model, Tensor hidden, Tensor inputs)
    {
        var found = new Dictionary<string, double[]>
        {
            ["hidden"] = Values(hidden), ["inputs"] = Values(inputs.grad!),
        };
        foreach (var name in model.Named.Keys)
            if (name != "model.embed_tokens.weight" && model.Gradient(name) is { } gradient) found[name] = Values(gradient);
        return found;
    }

    private static double[] Values(Tensor tensor) =>
        tensor.detach().to(ScalarType.Float64).reshape(-1).contiguous().data<double>().ToArray();

    private static void Near(Dictionary<string, double[]> expected, Dictionary<string, double[]> actual, double tolerance)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (name, values) in expected)
        {
            var size = Math.Sqrt(values.Sum(x => x * x) / values.Length);
            var error = Math.Sqrt(values.Zip(actual[name], (a, b) => (a - b) * (a - b)).Sum() / values.Length);
            Assert.True(error <= tolerance * size, $"{name}: error {error:g3} of numbers of size {size:g3}");
        }
    }
}
