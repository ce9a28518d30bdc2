using Softly.Algorithms;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Training;

/// <summary>How much of an arm's gradient is signal, from B batches of it.</summary>
/// <param name="Batches">B.</param>
/// <param name="MeanSquare">|ḡ|²: squared length of the mean gradient, its own noise included.</param>
/// <param name="Variance">Total variance of one batch's gradient: Σ over parameters of the unbiased variances.</param>
/// <param name="Mean">ḡ, all parameters one after the other, in the model's order.</param>
public sealed record GradientFigures(int Batches, double MeanSquare, double Variance, float[] Mean)
{
    /// <summary>
    /// Unbiased estimate of the squared length of the true gradient: |ḡ|² − variance / B. May come out below 0.
    /// </summary>
    public double Signal => MeanSquare - Variance / Batches;

    /// <summary>
    /// Signal over variance, of one batch (the reciprocal of the "simple noise scale" of arXiv 1812.06162, eq. 2.9).
    /// </summary>
    public double SignalToNoise => Signal / Variance;

    /// <summary>
    /// Cosine between the true gradients of two arms. Numerator and both lengths are freed of the bias that noise puts in, which
    /// asks that the two were measured on independent batches; by chance the estimate can lie above 1.
    /// </summary>
    /// <returns>NaN where a length came out as nothing but noise.</returns>
    public double Cosine(GradientFigures other)
    {
        if (Mean.Length != other.Mean.Length)
            throw new ArgumentException(
                $"gradients of different models: {Mean.Length} parameters against {other.Mean.Length}", nameof(other));
        if (Signal <= 0 || other.Signal <= 0) return double.NaN;
        var dot = 0.0;
        for (var i = 0; i < Mean.Length; i++) dot += (double)Mean[i] * other.Mean[i];
        return dot / Math.Sqrt(Signal * other.Signal);
    }
}

/// <summary>
/// Measures the gradient of an algorithm's loss over fresh batches of rollouts, without an update: all batches are drawn by the
/// same model. Streaming: what is kept is the sum of the gradients and one number, the sum of their squared lengths.
/// </summary>
/// <remarks>
/// A batch is a training step's: the same problems a step, rollouts a problem, advantages and loss. The model is its own frozen
/// reference, as it is at the start of a run. Mini-batches, iterations and dynamic sampling play no part.
/// </remarks>
/// <param name="policy">Whose gradient; not changed.</param>
/// <param name="generator">Draws rollouts from the same parameters.</param>
/// <param name="algorithm">Advantages and loss.</param>
/// <param name="task">Judges answers.</param>
/// <param name="problems">Training problems.</param>
/// <param name="render">A problem as the model reads it.</param>
/// <param name="options">Sizes, sampling and seed; other seeds give independent batches.</param>
public sealed class GradientNoise(
    Decoder policy, Generator generator, IAlgorithm algorithm, ITask task, IReadOnlyList<Problem> problems,
    Func<Problem, Prompt> render, TrainingOptions options)
{
    private readonly ProblemOrder _order = new(problems, options.Seed);

    /// <summary>Measures.</summary>
    /// <param name="batches">B, at least 2.</param>
    /// <param name="done">Told how many batches are done.</param>
    /// <param name="cancel">Gives up between two batches, or within a rollout.</param>
    public GradientFigures Measure(int batches, Action<int>? done = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 2);
        policy.Recomputes = options.GradientCheckpointing;
        using var sums = new Sums(policy.Parameters);
        for (var b = 0; b < batches; b++)
        {
            cancel.ThrowIfCancellationRequested();
            Accumulate(b, cancel);
            sums.Take();
            done?.Invoke(b + 1);
        }
        return sums.Figures();
    }

    /// <summary>Adds the gradient of one batch's loss to the parameters' gradients, as <see cref="Trainer.Step"/> does.</summary>
    private void Accumulate(int batch, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var prompts = _order.After((long)batch * options.PromptsPerStep, options.PromptsPerStep).Select(render).ToList();
        var groups = generator.Generate(
            prompts, options.GroupSize, options.Sampling, CounterNoise.Mix(options.Seed, (ulong)batch), cancel: cancel);
        var rows = Judged(groups);
        var scored = rows.Where(r => options.HasLoss(r.Rollout)).ToArray();
        var size = algorithm.Measure([.. scored.Select(r => r.Rollout)], rows.Length);
        foreach (var slice in scored.Chunk(options.MicroBatch))
        {
            using var inner = NewDisposeScope();
            using var laid = RolloutBatch.Collate(slice, policy.Device, packed: policy.Fused is not null);
            if (algorithm.NeedsReference)
                using (no_grad()) laid.Reference = Replay.LogDensities(policy, laid);
            var scores = Replay.Scores(policy, laid, algorithm.Needs, policy, options.AttachInputs);
            algorithm.Loss(scores, laid, size).Total.backward();
        }
    }

    private (Prompt Prompt, Rollout Rollout, double Advantage)[] Judged(IReadOnlyList<RolloutGroup> groups)
    {
        var advantages = algorithm.Advantages([.. groups.Select(g => options.Scored(
            g with { Grades = task.GradeAll(g.Prompt.Problem, [.. g.Rollouts.Select(r => r.Text)]) }))]);
        return [.. groups.SelectMany((g, i) => g.Rollouts.Select((r, j) => (g.Prompt, r, advantages[i][j])))];
    }

    /// <summary>Sum of gradients in double precision, and the sum of their squared lengths.</summary>
    private sealed class Sums(IReadOnlyList<Tensor> parameters) : IDisposable
    {
        private readonly Tensor[] _sums =
            [.. parameters.Select(p => zeros_like(p, ScalarType.Float64, requires_grad: false).DetachFromDisposeScope())];
        private double _squares;
        private int _count;

        /// <summary>Takes in the parameters' gradients and sets them to zero.</summary>
        public void Take()
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            for (var i = 0; i < _sums.Length; i++)
            {
                if (parameters[i].grad is not { } gradient) continue;
                var wide = gradient.to(ScalarType.Float64);
                _sums[i].add_(wide, Scalars.One);
                _squares += Number(wide);
                gradient.zero_();
            }
            _count++;
        }

        public GradientFigures Figures()
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var means = _sums.Select(s => s.div(Scalars.Of(_count))).ToArray();
            var meanSquare = means.Sum(Number);
            // Σ|g − ḡ|² = Σ|g|² − B|ḡ|²; in double precision the difference keeps all digits that matter.
            var variance = (_squares - _count * meanSquare) / (_count - 1);
            return new GradientFigures(
                _count, meanSquare, variance,
                [.. means.SelectMany(m => m.reshape(-1).to(ScalarType.Float32).cpu().data<float>().ToArray())]);
        }

        private static double Number(Tensor x) => x.mul(x).sum().cpu().data<double>()[0];

        public void Dispose()
        {
            foreach (var sum in _sums) sum.Dispose();
        }
    }
}
