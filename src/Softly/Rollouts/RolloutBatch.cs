using Softly.Models;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Rollouts;

/// <summary>
/// Rollouts laid out for one forward pass. B rows, each prompt + completion, shorter ones filled at the end; T columns; K stored
/// tokens a position. What is predicted stands flat: N steps, row after row, without padding, so that no loss can depend on it.
/// Tensors are on the device and belong to the batch.
/// </summary>
public sealed class RolloutBatch : IDisposable
{
    private RolloutBatch() { }

    /// <summary>The settings all rollouts of the batch were drawn with.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Rows.</summary>
    public required int Rows { get; init; }

    /// <summary>N: steps of all rows.</summary>
    public required int Steps { get; init; }

    /// <summary>(B, T, K) int64: input ids.</summary>
    public required Tensor Ids { get; init; }

    /// <summary>(B, T, K) float32: input weights, rebuilt from the record by the law that drew it.</summary>
    public required Tensor Weights { get; init; }

    /// <summary>Steps scored by the thinking law on their stored set; null where there are none.</summary>
    public required SupportSteps? Soft { get; init; }

    /// <summary>Discrete steps scored on their stored set; null where there are none.</summary>
    public required SupportSteps? OnSupport { get; init; }

    /// <summary>(N₂) int64: rows of the flattened (B·T) hidden states that predict discrete steps over the whole vocabulary.</summary>
    public required Tensor? HardRows { get; init; }

    /// <summary>(N₂) int64: their tokens.</summary>
    public required Tensor? HardTokens { get; init; }

    /// <summary>(N₂, 1): one over the temperature of each of them; null where all are 1.</summary>
    public required Tensor? HardScales { get; init; }

    /// <summary>(N) int64: where step n stands in soft ++ on-support ++ hard.</summary>
    public required Tensor Order { get; init; }

    /// <summary>(N) float64: the advantage of the step's rollout.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>(N) float32: log-densities of the rollout's own policy, as recorded.</summary>
    public required Tensor Recorded { get; init; }

    /// <summary>(N) int64: which row a step belongs to.</summary>
    public required Tensor Row { get; init; }

    /// <summary>(N): old log-densities the ratio is taken to; filled by the trainer. Null means "the current ones, without gradient".</summary>
    public Tensor? Old { get; set; }

    /// <summary>(N): log-densities under the frozen reference; filled by the trainer when the algorithm asks for a KL term.</summary>
    public Tensor? Reference { get; set; }

    /// <summary>Steps of one kind that are scored on stored sets.</summary>
    /// <param name="Rows">(M) int64: rows of the flattened (B·T) hidden states that predict them.</param>
    /// <param name="Ids">(M, K) int64.</param>
    /// <param name="Kept">(M, K) bool.</param>
    /// <param name="Values">(M, K) float32.</param>
    public sealed record SupportSteps(Tensor Rows, Tensor Ids, Tensor Kept, Tensor Values);

    /// <summary>Lays rollouts out.</summary>
    /// <param name="rows">Prompt, rollout and advantage of each row; all drawn with the same settings.</param>
    /// <param name="device">Where the tensors go.</param>
    public static RolloutBatch Collate(IReadOnlyList<(Prompt Prompt, Rollout Rollout, double Advantage)> rows, Device device)
    {
        var sampling = rows[0].Rollout.Sampling;
        int k = Math.Max(rows.Max(r => r.Rollout.Width), rows.Max(r => r.Prompt.Rows.Max(m => m.Ids.Length)));
        int t = rows.Max(r => r.Prompt.Rows.Count + r.Rollout.Length) - 1; // the last step is predicted, never fed
        var ids = new long[rows.Count * t * k];
        var weights = new float[rows.Count * t * k];
        var soft = new Builder(k);
        var onSupport = new Builder(k);
        List<long> hardRows = [], hardTokens = [], softInputs = [], stepRow = [];
        List<int> softInputSteps = [];
        List<double> advantages = [];
        List<float> recorded = [], hardScales = [];
        List<(int Part, int Index)> order = [];
        for (var b = 0; b < rows.Count; b++)
        {
            var (prompt, rollout, advantage) = rows[b];
            if (!ReferenceEquals(rollout.Sampling, sampling) && rollout.Sampling != sampling)
                throw new ArgumentException("Rollouts of one batch must be drawn with the same settings: collate them apart.", nameof(rows));
            var p = prompt.Rows.Count;
            for (var i = 0; i < p; i++)
                for (var j = 0; j < prompt.Rows[i].Ids.Length; j++)
                {
                    ids[(b * t + i) * k + j] = prompt.Rows[i].Ids[j];
                    weights[(b * t + i) * k + j] = prompt.Rows[i].Weights[j];
                }
            for (var s = 0; s < rollout.Length; s++)
            {
                var step = rollout[s];
                long predictedBy = b * t + p + s - 1;
                var at = (b * t + p + s) * k;
                var fed = p + s < t;
                if (step.Kind == StepKind.Soft)
                {
                    order.Add((0, soft.Add(predictedBy, step)));
                    if (fed)
                    {
                        softInputs.Add(b * t + p + s);
                        softInputSteps.Add(soft.Count - 1);
                        for (var j = 0; j < step.Ids.Length; j++) ids[at + j] = step.Ids.Span[j];
                    }
                }
                else
                {
                    if (step.Kind == StepKind.HardOnSupport) order.Add((1, onSupport.Add(predictedBy, step)));
                    else
                    {
                        order.Add((2, hardRows.Count));
                        hardRows.Add(predictedBy);
                        hardTokens.Add(step.Token);
                        hardScales.Add((float)(1 / step.Temperature));
                    }
                    if (fed) (ids[at], weights[at]) = (step.Token, 1);
                }
                advantages.Add(advantage);
                recorded.Add(step.LogDensity);
                stepRow.Add(b);
            }
        }

        using var scope = NewDisposeScope();
        Tensor Up(Array values, params long[] shape) => Scalars.Upload(values, device, shape);
        var softSteps = soft.Build(Up);
        var weightTensor = Up(weights, rows.Count * t, k); // (B·T, K)
        if (softInputs.Count > 0)
        {
            var fedValues = softSteps!.Values.index_select(0, Up(softInputSteps.Select(i => (long)i).ToArray(), softInputSteps.Count));
            weightTensor.index_copy_(0, Up(softInputs.ToArray(), softInputs.Count), sampling.Law!.Weights(fedValues));
        }
        int[] offsets = [0, soft.Count, soft.Count + onSupport.Count];
        var batch = new RolloutBatch
        {
            Sampling = sampling, Rows = rows.Count, Steps = order.Count,
            Ids = Up(ids, rows.Count, t, k), Weights = weightTensor.view(rows.Count, t, k),
            Soft = softSteps, OnSupport = onSupport.Build(Up),
            HardRows = hardRows.Count > 0 ? Up(hardRows.ToArray(), hardRows.Count) : null,
            HardTokens = hardRows.Count > 0 ? Up(hardTokens.ToArray(), hardRows.Count) : null,
            HardScales = hardScales.Any(x => x != 1) ? Up(hardScales.ToArray(), hardRows.Count, 1) : null,
            Order = Up(order.Select(o => (long)(offsets[o.Part] + o.Index)).ToArray(), order.Count),
            Advantages = Up(advantages.ToArray(), order.Count), Recorded = Up(recorded.ToArray(), order.Count), Row = Up(stepRow.ToArray(), order.Count),
        };
        foreach (var tensor in batch.Owned()) tensor.DetachFromDisposeScope();
        return batch;
    }

    private IEnumerable<Tensor> Owned() => new[]
    {
        Ids, Weights, HardRows, HardTokens, HardScales, Order, Advantages, Recorded, Row, Old, Reference,
        Soft?.Rows, Soft?.Ids, Soft?.Kept, Soft?.Values, OnSupport?.Rows, OnSupport?.Ids, OnSupport?.Kept, OnSupport?.Values,
    }.OfType<Tensor>();

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in Owned()) tensor.Dispose();
    }

    private sealed class Builder(int width)
    {
        private readonly List<long> _rows = [], _ids = [];
        private readonly List<bool> _kept = [];
        private readonly List<float> _values = [];

        public int Count => _rows.Count;

        public int Add(long row, Step step)
        {
            _rows.Add(row);
            for (var k = 0; k < width; k++)
            {
                var stored = k < step.Ids.Length;
                _ids.Add(stored ? step.Ids.Span[k] : 0);
                _kept.Add(stored && step.Kept.Span[k]);
                _values.Add(stored ? step.Values.Span[k] : float.NegativeInfinity);
            }
            return _rows.Count - 1;
        }

        public SupportSteps? Build(Func<Array, long[], Tensor> up) => Count == 0 ? null : new SupportSteps(
            up(_rows.ToArray(), [Count]), up(_ids.ToArray(), [Count, width]), up(_kept.ToArray(), [Count, width]), up(_values.ToArray(), [Count, width]));
    }
}
