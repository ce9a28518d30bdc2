using TorchSharp;

namespace Softly.Models;

/// <summary>A linear map as a factor of products, forward (x · Wᵀ) and backward (y · W).</summary>
internal sealed unsafe class FusedLinear : IDisposable
{
    private readonly float* _weight;
    private readonly bool _half;
    private FactorPanels? _backward;

    /// <param name="weight">(outputs, inputs), contiguous single precision on the CPU.</param>
    /// <param name="bias">(outputs), or null for none.</param>
    /// <param name="half">Whether products are of bfloat16.</param>
    public FusedLinear(torch.Tensor weight, torch.Tensor? bias, bool half)
    {
        (Outputs, Inputs) = ((int)weight.shape[0], (int)weight.shape[1]);
        _weight = NativeTensor.Floats(weight);
        Bias = bias is null ? null : NativeTensor.Floats(bias);
        Forward = new FactorPanels(Inputs, Outputs, half);
        _half = half;
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public float* Bias { get; }

    /// <summary>(inputs, outputs).</summary>
    public FactorPanels Forward { get; }

    /// <summary>(outputs, inputs). Made when it is first asked for: a frozen reference never goes back.</summary>
    public FactorPanels Backward => _backward ??= new FactorPanels(Outputs, Inputs, _half);

    /// <summary>Takes in the parameter's present values, piece by piece, on any thread.</summary>
    public void Pack(int piece)
    {
        if (piece < Forward.Count) Forward.PackTransposed(_weight, piece);
        else Backward.Pack(_weight, piece - Forward.Count);
    }

    /// <summary>How many pieces <see cref="Pack"/> has.</summary>
    public int Pieces(bool backward) => Forward.Count + (backward ? Backward.Count : 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        Forward.Dispose();
        _backward?.Dispose();
    }
}

/// <summary>One layer's parameters.</summary>
internal sealed unsafe class FusedLayerWeights(Decoder.Layer layer, bool half) : IDisposable
{
    public FusedLinear Qkv { get; } = new(layer.Qkv, layer.QkvBias, half);

    public FusedLinear Output { get; } = new(layer.Output, layer.OutputBias, half);

    public FusedLinear GateUp { get; } = new(layer.GateUp, layer.GateUpBias, half);

    public FusedLinear Down { get; } = new(layer.Down, layer.DownBias, half);

    public float* InputNorm { get; } = NativeTensor.Floats(layer.InputNorm);

    public float* FeedForwardNorm { get; } = NativeTensor.Floats(layer.FeedForwardNorm);

    /// <summary>Null where heads are not normalised.</summary>
    public float* QueryNorm { get; } = layer.QNorm is null ? null : NativeTensor.Floats(layer.QNorm);

    public float* KeyNorm { get; } = layer.KNorm is null ? null : NativeTensor.Floats(layer.KNorm);

    /// <summary>The four maps.</summary>
    public IEnumerable<FusedLinear> Maps => [Qkv, Output, GateUp, Down];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var map in Maps) map.Dispose();
    }
}
