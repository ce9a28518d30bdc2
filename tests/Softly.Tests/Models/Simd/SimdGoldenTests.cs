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

    /// <summary>Rounded from single-precision masters as they are packed; position by position.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Half_precision_decodes_within_twice_the_deviation_of_transformers(string name)
    {
        if (!SimdDecoder.SupportsHalf) Assert.Skip("this processor has no products in bfloat16");
        using var golden = new GoldenModel(name);
        using var masters = golden.Load();
        using var decoder = new SimdDecoder(masters.Config, masters.Named, workers: 2, half: true);
        var rows = golden.Rows;
        var prompts = rows.Select(r => new[] { MixtureRow.Token(r[0]) });
        var logits = new List<float[][]> { Feed.Begin(decoder, [.. prompts], 1, rows[0].Length) };
        for (var t = 1; t < rows[0].Length; t++)
            logits.Add(Feed.Next(decoder, [.. rows.Select(r => MixtureRow.Token(r[t]))]));
        var all = rows.SelectMany((_, row) => logits.SelectMany(step => step[row])); // (B, T, V)
        var rms = Math.Sqrt(all.Zip(golden.Numbers("forward.logits"), (a, b) => (a - b) * (a - b)).Average());
        var theirs = golden.Cases.GetProperty("forward").GetProperty("bfloat16_deviation").Number("rms");
        Assert.InRange(rms, theirs / 100, 2 * theirs);
    }

    private static double[] Doubles(float[] values) => [.. values.Select(v => (double)v)];
}
