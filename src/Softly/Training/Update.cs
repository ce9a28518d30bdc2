using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>What an update did.</summary>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="LearningRate">The rate used.</param>
/// <param name="Skipped">True where the norm was not finite: nothing was changed.</param>
/// <param name="LeftOut">True where the update was left out on purpose: nothing was changed, and there is no norm.</param>
public readonly record struct UpdateReport(double GradientNorm, double LearningRate, bool Skipped, bool LeftOut = false);

/// <summary>
/// Clips, steps the optimizer, forgets the gradients. A gradient that is not finite changes nothing and is reported.
/// </summary>
/// <param name="parameters">What is trained.</param>
/// <param name="optimizer">AdamW over the same parameters.</param>
/// <param name="learningRate">The schedule.</param>
/// <param name="maxGradientNorm">Global norm the gradient is clipped to; 0 for no clipping.</param>
public sealed class Update(
    IReadOnlyList<Tensor> parameters, FusedAdamW optimizer, LearningRate learningRate, double maxGradientNorm)
{
    /// <summary>Updates asked for so far, skipped ones included: where the schedule stands.</summary>
    public int Count { get; set; }

    /// <summary>Leaves an update out: the gradients are forgotten, and the schedule goes on as if it had been.</summary>
    public UpdateReport LeaveOut()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        foreach (var gradient in parameters.Select(p => p.grad).OfType<Tensor>()) gradient.zero_();
        return new UpdateReport(0, learningRate.At(Count++), Skipped: false, LeftOut: true);
    }

    /// <summary>One update from the accumulated gradients.</summary>
    public UpdateReport Apply()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var rate = learningRate.At(Count++);
        var gradients = parameters.Select(p => p.grad).OfType<Tensor>().ToArray();
        var norm = stack(gradients.Select(g => g.norm().to(ScalarType.Float64))).norm();
        var value = norm.cpu().data<double>()[0];
        var skip = !double.IsFinite(value);
        if (!skip)
        {
            if (maxGradientNorm > 0 && value > maxGradientNorm)
            {
                var scale = norm.Plus(1e-6).reciprocal().mul(Scalars.Of(maxGradientNorm));
                foreach (var gradient in gradients) gradient.mul_(scale.to(gradient.dtype));
            }
            optimizer.Step(rate);
        }
        foreach (var gradient in gradients) gradient.zero_();
        return new UpdateReport(value, rate, skip);
    }
}
