using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Simd;

/// <summary>Random prompts and mixtures, and what a decoder says to them.</summary>
internal static class Feed
{
    /// <summary>A mixture of one to <paramref name="most"/> tokens; the weights sum to one.</summary>
    public static MixtureRow Mixture(Random random, int vocabulary, int most)
    {
        var ids = new int[random.Next(1, most + 1)];
        var weights = new float[ids.Length];
        for (var i = 0; i < ids.Length; i++) (ids[i], weights[i]) = (random.Next(vocabulary), random.NextSingle() + 0.1f);
        var sum = weights.Sum();
        return new(ids, weights.Select(w => w / sum).ToArray());
    }

    /// <summary>A prompt of mixtures.</summary>
    public static IReadOnlyList<MixtureRow> Prompt(Random random, int vocabulary, int length) =>
        Enumerable.Range(0, length).Select(_ => Mixture(random, vocabulary, 3)).ToArray();

    /// <summary>Starts anew, and reads the logits out, one row for every row.</summary>
    public static float[][] Begin(
        IDecoder decoder, IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        decoder.Release();
        return Join(decoder, prompts, rowsPerPrompt, newPositions);
    }

    /// <summary>Appends rows to those there are, and reads the new ones' logits out.</summary>
    public static float[][] Join(
        IDecoder decoder, IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        using var logits = decoder.Add(prompts, rowsPerPrompt, newPositions);
        return [.. Rows(logits).SelectMany(row => Enumerable.Repeat(row, rowsPerPrompt))];
    }

    /// <summary>Feeds one mixture a row, and reads the logits out.</summary>
    public static float[][] Next(IDecoder decoder, IReadOnlyList<MixtureRow> inputs)
    {
        var slots = inputs.Max(r => r.Ids.Length);
        var ids = new long[inputs.Count * slots];
        var weights = new float[ids.Length];
        for (var row = 0; row < inputs.Count; row++)
            for (var k = 0; k < inputs[row].Ids.Length; k++)
                (ids[(row * slots) + k], weights[(row * slots) + k]) = (inputs[row].Ids[k], inputs[row].Weights[k]);
        using var idTensor = tensor(ids, [inputs.Count, slots]);
        using var weightTensor = tensor(weights, [inputs.Count, slots]);
        using var logits = decoder.Step(idTensor, weightTensor);
        return Rows(logits);
    }

    private static float[][] Rows(Tensor logits) => logits.data<float>().ToArray().Chunk((int)logits.shape[1]).ToArray();
}
