using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Gradients that a function of ours gave to libtorch. libtorch has its own hold of them as soon as the function has returned,
/// but TorchSharp leaves ours to the dispose scope around the whole backward pass: without this, the gradients of all layers
/// would stand in memory to its end. Every function of ours frees what the one before it gave.
/// </summary>
internal static class HandedOver
{
    [ThreadStatic]
    private static List<Tensor>? _tensors;

    /// <summary>To be called first thing in a backward pass: what was given before it is libtorch's alone from here on.</summary>
    public static void Free()
    {
        if (_tensors is null) return;
        foreach (var tensor in _tensors) tensor.Dispose();
        _tensors.Clear();
    }

    /// <summary>The gradients in the inputs' order, null for those without one, moved out of the present dispose scope.</summary>
    public static List<Tensor> Give(params Tensor?[] gradients)
    {
        foreach (var gradient in gradients)
            if (gradient is not null) (_tensors ??= []).Add(gradient.MoveToOuterDisposeScope());
        return [.. gradients.Select(g => g!)];
    }
}
