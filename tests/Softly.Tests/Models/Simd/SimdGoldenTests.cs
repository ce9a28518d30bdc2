using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Simd;

/// <summary>The vector kernels' logits against transformers; what is decoded with them stands in GeneratorGoldenTests.</summary>
public class SimdGoldenTests
{
    public static TheoryData<string> Names => [.. GoldenModel.Checkpoints];

    [Theory]
    [MemberData(nameof(Names))]
    public void Soft_thinking_gives_the_same_logits(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        using var decoder = new SimdDecoder(model.Config, model.Named, workers: 1);
        foreach (var (c, r) in golden.Cases.GetProperty("soft_thinking").EnumerateArray().Select((c, r) => (c, r)))
        {
            var steps = c.GetProperty("steps").EnumerateArray().ToArray();
            var logits = Feed.Begin(decoder, [[.. c.Ints("prompt").Select(MixtureRow.Token)]], 1, steps.Length);
            foreach (var step in steps)
                logits = Feed.Next(decoder, [new(step.Ints("ids"), [.. step.Numbers("weights").Select(w => (float)w)])]);
            Table.Near(1e-4, golden.Numbers($"soft_thinking.{r}.last_logits"), Doubles(logits[0]), "last logits");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mixtures_at_every_position_give_the_same_logits(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        using var decoder = new SimdDecoder(model.Config, model.Named, workers: 1);
        using var scope = NewDisposeScope();
        var inputs = golden.Mixtures();
        var truth = golden.Numbers("soft_inputs.logits").Chunk(model.Config.VocabularySize).ToArray();
        // A prompt of everything but the last eight positions, which are fed one by one.
        var prefix = inputs.Length - 8;
        Table.Near(1e-4, truth[prefix - 1], Doubles(Feed.Begin(decoder, [inputs[..prefix]], 1, 8)[0]), "prompt");
        for (var t = prefix; t < inputs.Length; t++)
            Table.Near(1e-4, truth[t], Doubles(Feed.Next(decoder, [inputs[t]])[0]), $"position {t}");
    }

    private static double[] Doubles(float[] values) => [.. values.Select(v => (double)v)];
}
