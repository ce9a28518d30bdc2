using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>Inputs, the same in every run.</summary>
internal static class Draw
{
    public static Tensor Ids(Random random, int vocabulary, params long[] shape) =>
        Scalars.Upload(Fill(shape, () => (long)random.Next(vocabulary)), CPU, shape);

    public static Tensor Weights(Random random, params long[] shape)
    {
        using var raw = Scalars.Upload(Fill(shape, random.NextSingle), CPU, shape);
        return raw.softmax(-1);
    }

    public static Tensor Normal(long seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }

    private static T[] Fill<T>(long[] shape, Func<T> draw)
    {
        var values = new T[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = draw();
        return values;
    }
}
