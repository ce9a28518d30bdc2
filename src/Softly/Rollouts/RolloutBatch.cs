using Softly.Models;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Rollouts;

/// <summary>
/// Rollouts laid out for one forward pass. B rows, shorter ones filled at the end; T columns; K stored tokens a position. A row
/// is a prompt and one completion, or, where prompts are long, a prompt once and several completions of its group behind it, none
/// of which sees another (<see cref="Segments"/>). What is predicted stands flat: N steps, rollout after rollout, without
/// padding, so that no loss can depend on it. Tensors are on the device and belong to the batch.
/// </summary>
public sealed class RolloutBatch : IDisposable
{
    private RolloutBatch() { }

    /// <summary>The settings all rollouts of the batch were drawn with.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Rows.</summary>
    public required int Rows { get; init; }

    /// <summary>N: scored steps of all rollouts.</summary>
    public required int Steps { get; init; }

    /// <summary>How many rollouts there are.</summary>
    public required int Rollouts { get; init; }

    /// <summary>(B, T, K) int64: input ids.</summary>
    public required Tensor Ids { get; init; }

    /// <summary>(B, T, K) float32: input weights, as they were fed in the rollout.</summary>
    public required Tensor Weights { get; init; }

    /// <summary>What is added to the mixtures of some positions; null where nothing is.</summary>
    public required VectorInputs? Vectors { get; init; }

    /// <summary>Steps scored by the thinking law on their stored set; null where there are none.</summary>
    public required SupportSteps? Soft { get; init; }

    /// <summary>Discrete steps scored on their stored set; null where there are none.</summary>
    public required SupportSteps? OnSupport { get; init; }

    /// <summary>
    /// (N₂) int64: rows of the flattened (B·T) hidden states that predict discrete steps over the whole vocabulary.
    /// </summary>
    public required Tensor? HardRows { get; init; }

    /// <summary>(N₂) int64: their tokens.</summary>
    public required Tensor? HardTokens { get; init; }

    /// <summary>(N₂, 1) float64: one over the temperature of each of them; null where all are 1.</summary>
    public required Tensor? HardScales { get; init; }

    /// <summary>
    /// (N₂, 1) float64: the part of each of these temperatures that is noise and no policy's (<see cref="Step.WinnerScale"/>);
    /// null where all are 1.
    /// </summary>
    public required Tensor? HardWinnerScales { get; init; }

    /// <summary>(N) int64: where step n stands in soft ++ on-support ++ hard.</summary>
    public required Tensor Order { get; init; }

    /// <summary>(N) float64: the advantage of the step's rollout.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>(N) float32: log-densities of the rollout's own policy, as recorded.</summary>
    public required Tensor Recorded { get; init; }

    /// <summary>
    /// (B, T) int64: 0 for the prompt, i for the i-th completion of the row, −1 for filling; null where every row has one
    /// completion.
    /// </summary>
    public required Tensor? Segments { get; init; }

    /// <summary>
    /// (B, T) int64: positions, which every completion counts on from its prompt; null where they are simply 0 … T − 1.
    /// </summary>
    public required Tensor? Positions { get; init; }

    /// <summary>
    /// Which positions belong together where all sequences stand in one row without filling (B = 1), for
    /// <see cref="Decoder.Fused"/>; null where they stand in rows.
    /// </summary>
    public required PackedLayout? Layout { get; init; }

    /// <summary>(N) int64: which rollout of the batch a step belongs to.</summary>
    public required Tensor Row { get; init; }

    /// <summary>(N) float64: how many scored steps the step's rollout has.</summary>
    public required Tensor Lengths { get; init; }

    /// <summary>
    /// (N), or (N, C) by component: old log-densities the ratio is taken to; filled by the trainer. Null means "the current ones,
    /// without gradient".
    /// </summary>
    public Tensor? Old { get; set; }

    /// <summary>
    /// (N): log-densities under the frozen reference; filled by the trainer when the algorithm asks.
    /// </summary>
    public Tensor? Reference { get; set; }

    /// <summary>Inputs that are more than mixtures of tokens.</summary>
    /// <param name="Rows">(M) int64: positions of the flattened (B·T) inputs.</param>
    /// <param name="Values">(M, D) float32.</param>
    public sealed record VectorInputs(Tensor Rows, Tensor Values);

    /// <summary>Steps of one kind that are scored on stored sets.</summary>
    /// <param name="Rows">(M) int64: rows of the flattened (B·T) hidden states that predict them.</param>
    /// <param name="Record">What was stored of them.</param>
    public sealed record SupportSteps(Tensor Rows, ThoughtRecord Record);

    /// <summary>A longer row is not made for the sake of sharing: attention grows with its square.</summary>
    private const int LongestShared = 1024;

    /// <summary>Lays rollouts out.</summary>
    /// <param name="rows">
    /// Prompt, rollout and advantage of each; all drawn with the same settings, those of a group side by side.
    /// </param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="sharePrompts">
    /// True puts completions of one prompt behind it in one row, so that the prompt is computed once, forward and backward; false
    /// gives every completion a row. Null (the default) shares where that saves a fifth of the work. Both give the same numbers
    /// up to rounding.
    /// </param>
    /// <param name="packed">True puts everything into one row, every prompt once, without filling.</param>
    public static RolloutBatch Collate(
        IReadOnlyList<(Prompt Prompt, Rollout Rollout, double Advantage)> rows, Device device, bool? sharePrompts = null,
        bool packed = false)
    {
        var sampling = rows[0].Rollout.Sampling;
        int k = Math.Max(rows.Max(r => r.Rollout.Width), rows.Max(r => r.Prompt.Rows.Max(m => m.Ids.Length)));
        var lines = Lines([.. rows.Select(r => (r.Prompt, r.Rollout.Length))], packed ? true : sharePrompts, packed);
        int longest = lines.Max(l => l.Length), b = packed ? 1 : lines.Count, t = packed ? lines.Sum(l => l.Length) : longest;
        var ids = new long[b * t * k];
        var weights = new float[b * t * k];
        var shared = !packed && lines.Any(l => l.Count > 1);
        long[]? segments = shared ? new long[b * t] : null, positions = shared ? new long[b * t] : null;
        segments?.AsSpan().Fill(-1);
        var soft = new Builder(k);
        var onSupport = new Builder(k);
        List<long> hardRows = [], hardTokens = [], softInputs = [], stepRow = [];
        List<int> softInputSteps = [];
        List<double> advantages = [], lengths = [], hardScales = [], winnerScales = [];
        List<float> recorded = [];
        List<(int Part, int Index)> order = [];
        var begin = 0; // where the line's prompt stands among all positions
        for (var line = 0; line < lines.Count; line++, begin += packed ? lines[line - 1].Length : t)
        {
            var prompt = lines[line].Prompt;
            var p = prompt.Rows.Count;
            for (var i = 0; i < p; i++)
            {
                for (var j = 0; j < prompt.Rows[i].Ids.Length; j++)
                {
                    ids[(begin + i) * k + j] = prompt.Rows[i].Ids[j];
                    weights[(begin + i) * k + j] = prompt.Rows[i].Weights[j];
                }
                if (shared) (segments![begin + i], positions![begin + i]) = (0, i);
            }
            var start = p; // where the next completion begins in its row
            for (var member = 0; member < lines[line].Count; member++)
            {
                var row = lines[line].First + member;
                var (_, rollout, advantage) = rows[row];
                if (!ReferenceEquals(rollout.Sampling, sampling) && rollout.Sampling != sampling)
                    throw new ArgumentException(
                        "Rollouts of one batch must be drawn with the same settings: collate them apart.", nameof(rows));
                var scored = rollout.ScoredSteps;
                for (var s = 0; s < rollout.Length; s++)
                {
                    var step = rollout[s];
                    long predictedBy = begin + (s == 0 ? p - 1 : start + s - 1);
                    var input = begin + start + s;
                    var fed = s < rollout.Length - 1; // the last step is predicted, never fed
                    if (fed && shared) (segments![input], positions![input]) = (member + 1, p + s);
                    var slots = step.Slots;
                    if (step.Kind == StepKind.Forced)
                    {
                        if (fed) (ids[input * k], weights[input * k]) = (step.Token, 1);
                        continue;
                    }
                    if (step.Kind == StepKind.Soft)
                    {
                        order.Add((0, soft.Add(predictedBy, slots, rollout.Member)));
                        for (var j = 0; fed && j < slots.Ids.Length; j++)
                            (ids[input * k + j], weights[input * k + j]) = (slots.Ids.Span[j], slots.Weights.Span[j]);
                        if (fed)
                        {
                            softInputs.Add(input);
                            softInputSteps.Add(soft.Count - 1);
                        }
                    }
                    else
                    {
                        if (step.Kind == StepKind.HardOnSupport)
                            order.Add((1, onSupport.Add(predictedBy, slots, rollout.Member)));
                        else
                        {
                            order.Add((2, hardRows.Count));
                            hardRows.Add(predictedBy);
                            hardTokens.Add(step.Token);
                            hardScales.Add(1 / step.Temperature);
                            winnerScales.Add(step.WinnerScale);
                        }
                        if (fed) (ids[input * k], weights[input * k]) = (step.Token, 1);
                    }
                    advantages.Add(advantage);
                    lengths.Add(scored);
                    recorded.Add(step.LogDensity);
                    stepRow.Add(row);
                }
                start += rollout.Length - 1;
            }
        }

        using var scope = NewDisposeScope();
        Tensor Up(Array values, params long[] shape) => Scalars.Upload(values, device, shape);
        var softSteps = soft.Build(Up);
        VectorInputs? vectors = null;
        if (softInputs.Count > 0 && sampling.Law!.Vectors(softSteps!.Record) is { } added) // (M, D)
        {
            var fedSteps = Up(softInputSteps.Select(i => (long)i).ToArray(), softInputSteps.Count);
            vectors = new VectorInputs(Up(softInputs.ToArray(), softInputs.Count), added.index_select(0, fedSteps));
        }
        int[] offsets = [0, soft.Count, soft.Count + onSupport.Count];
        var batch = new RolloutBatch
        {
            Sampling = sampling, Rows = b, Steps = order.Count, Rollouts = rows.Count,
            Ids = Up(ids, b, t, k), Weights = Up(weights, b, t, k), Vectors = vectors,
            Segments = shared ? Up(segments!, b, t) : null, Positions = shared ? Up(positions!, b, t) : null,
            Layout = packed ? Packed(lines, rows) : null,
            Soft = softSteps, OnSupport = onSupport.Build(Up),
            HardRows = hardRows.Count > 0 ? Up(hardRows.ToArray(), hardRows.Count) : null,
            HardTokens = hardRows.Count > 0 ? Up(hardTokens.ToArray(), hardRows.Count) : null,
            HardScales = hardScales.Any(x => x != 1) ? Up(hardScales.ToArray(), hardRows.Count, 1) : null,
            HardWinnerScales = winnerScales.Any(x => x != 1) ? Up(winnerScales.ToArray(), hardRows.Count, 1) : null,
            Order = Up(order.Select(o => (long)(offsets[o.Part] + o.Index)).ToArray(), order.Count),
            Advantages = Up(advantages.ToArray(), order.Count),
            Recorded = Up(recorded.ToArray(), order.Count),
            Row = Up(stepRow.ToArray(), order.Count),
            Lengths = Up(lengths.ToArray(), order.Count),
        };
        foreach (var tensor in batch.Owned()) tensor.DetachFromDisposeScope();
        return batch;
    }

    /// <summary>What <see cref="Collate"/> would make of rollouts of one size, without making it.</summary>
    /// <param name="promptTokens">Positions of every prompt.</param>
    /// <param name="completionTokens">Steps of every rollout.</param>
    /// <param name="groupSize">Rollouts of one prompt, side by side.</param>
    /// <param name="rollouts">How many rollouts there are.</param>
    /// <returns>B and T.</returns>
    public static (int Rows, int Columns) Shape(int promptTokens, int completionTokens, int groupSize, int rollouts)
    {
        var prompts = Enumerable.Range(0, (rollouts + groupSize - 1) / groupSize)
            .Select(_ => new Prompt(new Problem("", "", ""), new MixtureRow[promptTokens])).ToArray();
        var lines = Lines([.. Enumerable.Range(0, rollouts).Select(i => (prompts[i / groupSize], completionTokens))], null);
        return (lines.Count, lines.Max(l => l.Length));
    }

    /// <summary>A row to be: a prompt and the completions behind it.</summary>
    private sealed record Line(Prompt Prompt, int First, int Count, int Length);

    private static PackedLayout Packed(List<Line> lines, IReadOnlyList<(Prompt Prompt, Rollout Rollout, double Advantage)> rows) =>
        PackedLayout.Of(lines.Select(line => (
            line.Prompt.Rows.Count,
            Enumerable.Range(line.First, line.Count).Select(row => rows[row].Rollout.Length - 1))));

    private static List<Line> Lines(IReadOnlyList<(Prompt Prompt, int Length)> rows, bool? share, bool packed = false)
    {
        List<Line> alone = [], together = [];
        for (var i = 0; i < rows.Count; i++)
        {
            var (prompt, length) = rows[i];
            var room = length - 1;
            alone.Add(new Line(prompt, i, 1, prompt.Rows.Count + room));
            if (together is [.., var last] && ReferenceEquals(last.Prompt, prompt)
                && (packed || last.Length + room <= LongestShared))
                together[^1] = last with { Count = last.Count + 1, Length = last.Length + room };
            else together.Add(alone[^1]);
        }
        return share ?? Work(together) <= 0.8 * Work(alone) ? together : alone;

        // Matrices cost as much as attention to 6 · width positions does (24 · width² against 4 · width a pair); this is a narrow
        // model's, so that long rows are made only where they pay in any.
        static double Work(List<Line> lines) => lines.Count * (double)lines.Max(l => l.Length) * (384 + lines.Max(l => l.Length));
    }

    private IEnumerable<Tensor> Owned() => new[]
    {
        Ids, Weights, Segments, Positions, HardRows, HardTokens, HardScales, HardWinnerScales, Order, Advantages, Recorded, Row,
        Lengths, Old, Reference, Vectors?.Rows, Vectors?.Values, Soft?.Rows, Soft?.Record.Ids, Soft?.Record.Kept,
        Soft?.Record.LogP, Soft?.Record.Values, Soft?.Record.Members, OnSupport?.Rows, OnSupport?.Record.Ids,
        OnSupport?.Record.Kept, OnSupport?.Record.LogP, OnSupport?.Record.Values, OnSupport?.Record.Members,
    }.OfType<Tensor>();

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in Owned()) tensor.Dispose();
    }

    /// <summary>Gathers the records of steps; slots beyond a record's own are closed.</summary>
    private sealed class Builder(int width)
    {
        private readonly List<long> _rows = [], _ids = [], _members = [];
        private readonly List<bool> _kept = [];
        private readonly List<float> _logP = [], _values = [];

        public int Count => _rows.Count;

        public int Add(long row, StepSlots slots, int member)
        {
            _rows.Add(row);
            _members.Add(member);
            for (var k = 0; k < width; k++)
            {
                var stored = k < slots.Ids.Length;
                _ids.Add(stored ? slots.Ids.Span[k] : 0);
                _kept.Add(stored && slots.Kept.Span[k]);
                _logP.Add(stored ? slots.LogP.Span[k] : float.NegativeInfinity);
            }
            // One value a slot, unless the law has a number of its own.
            var values = slots.Values.Span;
            var count = slots.OwnValues ? values.Length : width;
            for (var c = 0; c < count; c++) _values.Add(c < values.Length ? values[c] : float.NegativeInfinity);
            return _rows.Count - 1;
        }

        public SupportSteps? Build(Func<Array, long[], Tensor> up) => Count == 0 ? null : new SupportSteps(
            up(_rows.ToArray(), [Count]),
            new ThoughtRecord(
                up(_ids.ToArray(), [Count, width]), up(_kept.ToArray(), [Count, width]), up(_logP.ToArray(), [Count, width]),
                up(_values.ToArray(), [Count, _values.Count / Count]))
            {
                Members = up(_members.ToArray(), [Count]),
            });
    }
}
