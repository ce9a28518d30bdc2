using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Rotary positions (Su et al., arXiv 2104.09864) in Hugging Face's layout: component i of a head turns with component
/// i + d/2 by the angle position · θ^(−2i/d). Angles are computed in double precision and stored in the model's type.
/// </summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cos; // (P, d/2)
    private readonly Tensor _sin; // (P, d/2)

    /// <summary>Positions computed at a time: a long context is never whole in double precision.</summary>
    private const int Piece = 2048;

    public RotaryEmbedding(DecoderConfig config, int positions, ScalarType type, Device device)
    {
        var frequencies = Frequencies(config);
        int half = frequencies.Length;
        using var scope = NewDisposeScope();
        _cos = empty([positions, half], type, device).DetachFromDisposeScope();
        _sin = empty([positions, half], type, device).DetachFromDisposeScope();
        if (device.type == DeviceType.META) return; // shapes without numbers
        var pieces = (Cos: new double[Piece * half], Sin: new double[Piece * half]);
        for (var first = 0; first < positions; first += Piece)
        {
            var count = Math.Min(Piece, positions - first);
            if (count < Piece) pieces = (new double[count * half], new double[count * half]);
            for (var p = 0; p < count; p++)
                for (var i = 0; i < half; i++)
                    (pieces.Sin[p * half + i], pieces.Cos[p * half + i]) = Math.SinCos((first + p) * frequencies[i]);
            Write(_cos, pieces.Cos);
            Write(_sin, pieces.Sin);

            void Write(Tensor table, double[] piece)
            {
                using var numbers = Scalars.Upload(piece, CPU, count, half);
                using var part = table.narrow(0, first, count);
                part.copy_(numbers);
            }
        }
    }

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
    public (Tensor Cos, Tensor Sin) Range(long length) =>
        (_cos.narrow(0, 0, length).unsqueeze(1), _sin.narrow(0, 0, length).unsqueeze(1)); // (T, 1, d/2)

    /// <summary>The angles of given positions, (B, T) int64, shaped to broadcast over (B, T, heads, d/2).</summary>
    public (Tensor Cos, Tensor Sin) At(Tensor positions)
    {
        var shape = new[] { positions.shape[0], positions.shape[1], 1, _cos.shape[1] };
        using var flat = positions.reshape(-1);
        return (_cos.index_select(0, flat).reshape(shape), _sin.index_select(0, flat).reshape(shape)); // (B, T, 1, d/2)
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
        _cos.Dispose();
        _sin.Dispose();
    }
}
