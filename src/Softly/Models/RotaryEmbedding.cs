using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Rotary positions (Su et al., arXiv 2104.09864) in Hugging Face's layout: component i of a head turns with component
/// i + d/2 by the angle position · θ^(−2i/d). Angles are computed in double precision and stored in the model's type, for as
/// many positions as were asked for so far: what a configuration says of the longest context costs nothing.
/// </summary>
internal sealed class RotaryEmbedding(DecoderConfig config, ScalarType type, Device device) : IDisposable
{
    /// <summary>Positions computed at a time: a long context is never whole in double precision.</summary>
    private const int Piece = 2048;

    private readonly double[] _frequencies = Frequencies(config);
    private readonly Lock _lock = new();
    private Tensor? _cos; // (P, d/2)
    private Tensor? _sin; // (P, d/2)

    /// <summary>
    /// The angle per position of each of the d/2 pairs, slowed or stretched as in Llama 3 where the configuration has it.
    /// </summary>
    public static double[] Frequencies(DecoderConfig config)
    {
        var frequencies = new double[config.HeadSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
            if (config.RopeScaling is { } s)
            {
                var wave = 2 * Math.PI / frequency;
                if (wave > s.OriginalPositions / s.LowFrequencyFactor) frequency /= s.Factor;
                else if (wave > s.OriginalPositions / s.HighFrequencyFactor)
                {
                    var smooth = (s.OriginalPositions / wave - s.LowFrequencyFactor)
                        / (s.HighFrequencyFactor - s.LowFrequencyFactor);
                    frequency = (1 - smooth) * frequency / s.Factor + smooth * frequency;
                }
            }
            frequencies[i] = frequency / config.RopeDivisor;
        }
        return frequencies;
    }

    /// <summary>The angles of positions 0 … length − 1, shaped to broadcast over (B, T, heads, d/2).</summary>
    public (Tensor Cos, Tensor Sin) Range(long length)
    {
        lock (_lock)
        {
            var (cos, sin) = Reach(length);
            return (cos.narrow(0, 0, length).unsqueeze(1), sin.narrow(0, 0, length).unsqueeze(1)); // (T, 1, d/2)
        }
    }

    /// <summary>The angles of given positions, shaped to broadcast over (B, T, heads, d/2).</summary>
    /// <param name="positions">(B, T) int64.</param>
    /// <param name="below">All positions are below this.</param>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, long below)
    {
        var shape = new[] { positions.shape[0], positions.shape[1], 1, _frequencies.Length };
        using var flat = positions.reshape(-1);
        lock (_lock)
        {
            var (cos, sin) = Reach(below);
            return (cos.index_select(0, flat).reshape(shape), sin.index_select(0, flat).reshape(shape)); // (B, T, 1, d/2)
        }
    }

    /// <summary>Tables of at least so many positions, made anew where they are shorter.</summary>
    private (Tensor Cos, Tensor Sin) Reach(long positions)
    {
        if (_cos is not null && _cos.shape[0] >= positions) return (_cos, _sin!);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var length = (int)Math.Max(positions, Math.Min(2 * (_cos?.shape[0] ?? 0), config.MaxPositions));
        var half = _frequencies.Length;
        Tensor cos = empty([length, half], type, device), sin = empty([length, half], type, device);
        var pieces = (Cos: new double[Piece * half], Sin: new double[Piece * half]);
        for (var first = 0; first < length; first += Piece)
        {
            var count = Math.Min(Piece, length - first);
            if (count < Piece) pieces = (new double[count * half], new double[count * half]);
            for (var p = 0; p < count; p++)
                for (var i = 0; i < half; i++)
                    (pieces.Sin[p * half + i], pieces.Cos[p * half + i]) = Math.SinCos((first + p) * _frequencies[i]);
            Write(cos, pieces.Cos);
            Write(sin, pieces.Sin);

            void Write(Tensor table, double[] piece)
            {
                using var numbers = Scalars.Upload(piece, CPU, count, half);
                using var part = table.narrow(0, first, count);
                part.copy_(numbers);
            }
        }
        Dispose(); // passes under way keep what they took
        (_cos, _sin) = (cos.DetachFromDisposeScope(), sin.DetachFromDisposeScope());
        return (_cos, _sin);
    }

    /// <summary>Turns heads by their angles.</summary>
    /// <param name="heads">(B, T, heads, d).</param>
    /// <param name="angles">From <see cref="Range"/> or <see cref="At"/>.</param>
    public static Tensor Rotate(Tensor heads, (Tensor Cos, Tensor Sin) angles)
    {
        var half = heads.shape[^1] / 2;
        var a = heads.narrow(-1, 0, half);
        var b = heads.narrow(-1, half, half);
        var turnedA = a.mul(angles.Cos).addcmul(b, angles.Sin, Scalars.MinusOne);
        var turnedB = b.mul(angles.Cos).addcmul(a, angles.Sin, Scalars.One);
        return cat([turnedA, turnedB], -1); // (B, T, heads, d)
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
    }
}
