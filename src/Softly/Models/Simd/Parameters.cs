using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>Where a parameter's numbers are.</summary>
internal unsafe struct SourceMatrix
{
    /// <summary>The first row.</summary>
    public byte* Start;

    /// <summary>Numbers of a row.</summary>
    public int Columns;

    /// <summary>Whether they are bfloat16 rather than single precision.</summary>
    public bool Half;

    /// <summary>One number a row, in single precision; null for none.</summary>
    public float* Bias;

    /// <summary>A row of single precision.</summary>
    public readonly float* Row(long row) => (float*)At(row);

    /// <summary>A row of either type.</summary>
    public readonly byte* At(long row) => Start + (row * Columns * (Half ? sizeof(ushort) : sizeof(float)));
}

/// <summary>A model's parameters by name, each checked as it is asked for.</summary>
internal sealed unsafe class Parameters(IReadOnlyDictionary<string, Tensor> tensors)
{
    /// <summary>A parameter's numbers. They move only if the tensor is given other memory.</summary>
    /// <param name="name">Hugging Face's name.</param>
    /// <param name="half">Whether bfloat16 will do as well as single precision.</param>
    /// <param name="shape">What the configuration asks for.</param>
    /// <exception cref="ArgumentException">It is missing, or of another shape or type.</exception>
    public SourceMatrix Find(string name, bool half, params ReadOnlySpan<long> shape)
    {
        if (!tensors.TryGetValue(name, out var tensor)) throw new ArgumentException($"the parameter {name} is missing");
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
            throw new ArgumentException(
                $"{name} has shape ({string.Join(", ", tensor.shape)}); "
                + $"the configuration asks for ({string.Join(", ", shape.ToArray())})");
        var known = tensor.dtype == ScalarType.Float32 || (half && tensor.dtype == ScalarType.BFloat16);
        if (!known || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException(
                $"{name} is {tensor.dtype} on {tensor.device}; the vector kernels need contiguous Float32 "
                + $"{(half ? "or BFloat16 " : "")}on the CPU");
        return new()
        {
            Start = (byte*)NativeTensor.Start(tensor), Columns = (int)shape[^1],
            Half = tensor.dtype == ScalarType.BFloat16,
        };
    }

    /// <summary>A matrix (rows, columns), and its biases where it has them: in single precision, as they are added.</summary>
    public SourceMatrix Linear(string name, bool biased, int rows, int columns, bool half) =>
        Find(name + ".weight", half, rows, columns) with
        {
            Bias = biased ? Find(name + ".bias", half: false, rows).Row(0) : null,
        };

    /// <summary>Copies a vector of either type to <paramref name="to"/> in single precision.</summary>
    public void Copy(string name, float* to, int count)
    {
        var from = Find(name, half: true, count);
        if (from.Half) Brain.Widen((ushort*)from.Start, to, count);
        else new ReadOnlySpan<float>(from.Row(0), count).CopyTo(new Span<float>(to, count));
    }
}
