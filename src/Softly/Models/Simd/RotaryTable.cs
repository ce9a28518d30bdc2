namespace Softly.Models;

/// <summary>Cosines and sines of the rotary angles, position · θ^(−2i/d), computed in double precision.</summary>
internal sealed unsafe class RotaryTable(PaddedShape shape) : IDisposable
{
    private readonly double[] _frequencies = RotaryEmbedding.Frequencies(shape.Config);
    private NativeFloats? _memory;
    private int _positions;

    /// <summary>The cosines at a position, (HalfStride), followed by the sines.</summary>
    public float* At(int position) => _memory!.Start + ((long)position * shape.HeadStride);

    /// <summary>Makes sure that the first <paramref name="positions"/> positions are there.</summary>
    public void Reach(int positions)
    {
        if (positions <= _positions) return;
        _memory?.Dispose();
        _positions = Math.Min(Math.Max(positions, 2 * _positions), Math.Max(positions, shape.Config.MaxPositions));
        _memory = new NativeFloats((long)_positions * shape.HeadStride);
        for (var position = 0; position < _positions; position++)
            for (var i = 0; i < _frequencies.Length; i++)
            {
                var (sine, cosine) = Math.SinCos(position * _frequencies[i]);
                At(position)[i] = (float)cosine;
                At(position)[shape.HalfStride + i] = (float)sine;
            }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();
}
