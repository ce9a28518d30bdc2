using Softly.Algorithms;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests;

/// <summary>Don't-care data.</summary>
internal static class Some
{
    public const int EndToken = 1;
    public const int ThinkEndToken = 2;

    /// <summary>A tiny random model; heads and widths are awkward on purpose.</summary>
    public static Decoder Model(
        int seed = 1, ScalarType type = ScalarType.Float32, double deviation = 0.25, bool tied = true, int vocabulary = 23)
    {
        var model = new Decoder(new DecoderConfig
        {
            VocabularySize = vocabulary,
            HiddenSize = 24,
            IntermediateSize = 40,
            Layers = 2,
            Heads = 3,
            KeyValueHeads = 1,
            HeadSize = 8,
            MaxPositions = 64,
            QkvBias = true,
            TiedHead = tied,
            EndTokens = [EndToken],
        }, type);
        model.Initialize(seed, deviation);
        return model;
    }

    /// <summary>Attaches a new adapter: as made, it changes nothing.</summary>
    public static LoraAdapter Attach(Decoder model, LoraOptions? options = null)
    {
        var adapter = new LoraAdapter(model.Config, options ?? new LoraOptions { Rank = 4 }, model.Type, model.Device);
        adapter.Initialize(7);
        model.Attach(adapter);
        return adapter;
    }

    /// <summary>One of the two engines, <c>torch</c> or <c>simd</c>, over a model.</summary>
    public static IDecoder Engine(string name, Decoder model) => name switch
    {
        "torch" => new TorchDecoder(model),
        "simd" => new SimdDecoder(model.Config, model.Named, workers: 1),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    public static string Words(IReadOnlyList<int> tokens) => string.Join(' ', tokens);

    public static Generator GeneratorFor(Decoder model, IDecoder decoder, int maxRows = 1024) =>
        new(decoder, model.Device, model.Config.VocabularySize, model.Config.EndTokens, Words) { MaxRows = maxRows };

    public static Prompt Prompt(string id, params int[] tokens) =>
        new(new Problem(id, Words(tokens), ""), [.. tokens.Select(MixtureRow.Token)]);

    public static IReadOnlyList<Prompt> Prompts { get; } = [Prompt("a", 5, 6, 7), Prompt("b", 9, 8, 4, 3, 11), Prompt("c", 12)];

    /// <summary>GRPO with every step of the update weighing the same.</summary>
    public static PolicyGradient Grpo() => new(new LossOptions());

    /// <summary>SofT-GRPO, with another weight of the divergence where one is given.</summary>
    public static PolicyGradient SoftGrpo(double? beta = null)
    {
        var method = Methods.Get("soft-grpo");
        return method.Algorithm(beta is { } b ? method.Loss with { Beta = b } : null);
    }

    public static SamplingOptions Soft(
        StepLaw law, int topK = 5, double topP = 0.95, double temperature = 1, int length = 12) => new()
    {
        Law = law,
        Thinking = new SupportFilter { TopK = topK, TopP = topP, Temperature = temperature },
        ThinkEnd = new ThinkEnd(ThinkEndToken),
        MaxNewTokens = length,
    };

    /// <summary>All rollouts of groups as one batch, advantages 1, −1, 1, …</summary>
    public static RolloutBatch Batch(IEnumerable<RolloutGroup> groups, Device? device = null, bool? sharePrompts = null) =>
        RolloutBatch.Collate(
            [.. groups.SelectMany(g => g.Rollouts.Select(r => (g.Prompt, r)))
                .Select((x, i) => (x.Prompt, x.r, i % 2 == 0 ? 1.0 : -1.0))],
            device ?? CPU, sharePrompts);

    /// <summary>Token rows as rollouts: the first token is the prompt, the others are the answer.</summary>
    public static RolloutBatch Forced(IEnumerable<int[]> rows)
    {
        var sampling = new SamplingOptions();
        return RolloutBatch.Collate(
            [.. rows.Select(row =>
            {
                var rollout = new Rollout(sampling, 1);
                foreach (var token in row[1..]) rollout.Add(new Step(StepKind.Hard, token, default, 1, 0, 0, 1));
                return (Prompt("p", row[0]), rollout, 1.0);
            })], CPU);
    }

    public static double[] Host(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return [.. tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>()];
    }
}
