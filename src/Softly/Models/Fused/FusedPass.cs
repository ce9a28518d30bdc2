using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>All layers of a decoder as one function of its inputs and parameters.</summary>
internal sealed unsafe class FusedPass : autograd.SingleTensorFunction<FusedPass>
{
    private const string State = "state", Wanted = "wanted";

    /// <inheritdoc />
    public override string Name => nameof(FusedPass);

    /// <summary>Normalised hidden states of packed sequences.</summary>
    /// <param name="model">What computes.</param>
    /// <param name="inputs">(N, D).</param>
    /// <param name="layout">Which positions belong together.</param>
    /// <param name="kept">What stays for the backward pass.</param>
    /// <param name="parameters">All that want a gradient, in the model's order.</param>
    /// <returns>(N, D).</returns>
    public static Tensor Of(FusedModel model, Tensor inputs, PackedLayout layout, Kept kept, Tensor[] parameters)
    {
        // TorchSharp leaves a second tensor of the output's size to the scope; this one frees it.
        using var scope = NewDisposeScope();
        return apply([model, layout, kept, inputs, .. parameters]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (model, layout, kept, inputs) = ((FusedModel)vars[0], (PackedLayout)vars[1], (Kept)vars[2], (Tensor)vars[3]);
        if (inputs.shape[0] != layout.Tokens)
            throw new ArgumentException($"there are {inputs.shape[0]} inputs for {layout.Tokens} positions", nameof(vars));
        using var whole = inputs.contiguous();
        var outputs = empty_like(whole, requires_grad: false); // (N, D)
        var state = model.Run(NativeTensor.Floats(whole), NativeTensor.Floats(outputs), layout, kept);
        if (kept != Kept.Nothing)
        {
            ctx.save_data(State, state);
            ctx.save_data(Wanted, vars.Skip(3).Cast<Tensor>().Select(t => t.requires_grad).ToArray());
        }
        return outputs;
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var state = (FusedState)ctx.get_data(State);
        var wanted = (bool[])ctx.get_data(Wanted);
        using var scope = NewDisposeScope();
        var gradient = grad_output.contiguous();
        var (inputs, parameters) = state.Model.Backward(state, NativeTensor.Floats(gradient), wanted[1..], wanted[0]);
        state.Free();
        return HandedOver.Give([null, null, null, inputs, .. parameters]);
    }
}
