using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// A layer that keeps nothing for its backward pass but its input (activation checkpointing, arXiv 1604.06174): backward computes
/// the layer again, with a graph of its own that lives no longer than the gradients take. The numbers are those of the
/// ordinary backward pass to the bit; a third more arithmetic buys the memory of all layers but one.
/// </summary>
internal sealed class RecomputedLayer : autograd.SingleTensorFunction<RecomputedLayer>
{
    private const string Layer = "layer";

    /// <summary>A layer: input, cosines and sines, mask → output.</summary>
    public delegate Tensor Function(Tensor input, (Tensor Cos, Tensor Sin) angles, Tensor? mask);

    /// <inheritdoc />
    public override string Name => nameof(RecomputedLayer);

    /// <summary>A layer's output, with a graph that holds the input alone.</summary>
    /// <param name="layer">
    /// The layer as a function of its input, of cosines and sines, and of the mask: called here and again in backward, where it
    /// must do the very same.
    /// </param>
    /// <param name="input">(B, T, D).</param>
    /// <param name="angles">Cosines and sines of the positions.</param>
    /// <param name="mask">What positions do not see; null where the layer needs none.</param>
    /// <param name="parameters">All tensors of the layer that want a gradient.</param>
    /// <returns>(B, T, D).</returns>
    public static Tensor Of(
        Function layer, Tensor input, (Tensor Cos, Tensor Sin) angles, Tensor? mask, IReadOnlyList<Tensor> parameters)
    {
        // TorchSharp leaves a second tensor of the output's size to the scope; this one frees it.
        using var scope = NewDisposeScope();
        return apply([layer, input, angles.Cos, angles.Sin, mask!, .. parameters]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var layer = (Function)vars[0];
        ctx.save_data(Layer, layer);
        ctx.save_for_backward([.. vars.Skip(1).Cast<Tensor>()]);
        return layer((Tensor)vars[1], ((Tensor)vars[2], (Tensor)vars[3]), (Tensor?)vars[4]);
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var layer = (Function)ctx.get_data(Layer);
        var saved = ctx.get_saved_variables();
        using var scope = NewDisposeScope();
        var parameters = saved.Skip(4).ToArray();
        using (enable_grad())
        {
            var input = saved[0].detach().requires_grad_(saved[0].requires_grad);
            var output = layer(input, (saved[1], saved[2]), saved[3]);
            Tensor[] wanted = [.. input.requires_grad ? [input] : Array.Empty<Tensor>(), .. parameters];
            var gradients = new Queue<Tensor>(autograd.grad([output], wanted, [grad_output]));
            foreach (var tensor in saved) tensor?.Dispose();
            grad_output.Dispose();
            return HandedOver.Give(
                [null, input.requires_grad ? gradients.Dequeue() : null, null, null, null, .. gradients]);
        }
    }
}
