using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly;

/// <summary>
/// Numbers handed to libtorch. TorchSharp turns a C# number into a heap object whose finaliser frees the native value; as a
/// temporary it can be collected while the native call still reads it. These are made once and kept for good, and a test reads
/// the compiled library to see that no other way is used (tests/Softly.Tests/Architecture).
/// </summary>
internal static class Scalars
{
    private static readonly ConcurrentDictionary<double, Scalar> Doubles = new();
    private static readonly ConcurrentDictionary<long, Scalar> Longs = new();

    public static readonly Scalar One = OfLong(1); // an integer serves tensors of every type
    public static readonly Scalar MinusOne = OfLong(-1);
    public static readonly Scalar MinusInfinity = Of(double.NegativeInfinity);

    /// <summary>
    /// For constants of a run (a temperature, an ε), never for values that change from step to step: nothing is freed.
    /// </summary>
    public static Scalar Of(double value) => Doubles.GetOrAdd(value, ScalarExtensionMethods.ToScalar);

    /// <inheritdoc cref="Of(double)"/>
    public static Scalar OfLong(long value) => Longs.GetOrAdd(value, ScalarExtensionMethods.ToScalar);

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a + number.</summary>
    public static Tensor Plus(this Tensor a, double number) => a.add(Of(number), One);

    /// <summary>a².</summary>
    public static Tensor Squared(this Tensor a) => a.mul(a);

    /// <summary>a · number.</summary>
    public static Tensor Times(this Tensor a, double number) => a.mul(Of(number));

    /// <summary>
    /// Copies a managed array to a device: for noise, positions and records, once a chunk and not once a token.
    /// </summary>
    public static Tensor Upload(Array values, Device device, params long[] shape)
    {
        using var host = values switch
        {
            float[] x => tensor(x, shape),
            long[] x => tensor(x, shape),
            int[] x => tensor(x, shape),
            bool[] x => tensor(x, shape),
            double[] x => tensor(x, shape),
            _ => throw new ArgumentException($"no tensor of {values.GetType()}", nameof(values)),
        };
        return host.to(device, copy: true);
    }
}
