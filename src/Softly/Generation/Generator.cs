using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Plays forward: prompts in, groups of rollouts out. A prompt is processed once and forked into its group; thoughts are drawn
/// by the law, the answer by categorical draws. A rollout that ends leaves its place at once to the next that waits, in the
/// prompts' order. Noise comes from <see cref="CounterNoise"/>, so a rollout depends on (seed, problem, sample) and not on
/// what decodes beside it.
/// </summary>
/// <param name="decoder">What turns inputs into logits.</param>
/// <param name="device">Where the decoder's tensors are.</param>
/// <param name="vocabulary">V.</param>
/// <param name="endTokens">Tokens that end a text.</param>
/// <param name="detokenize">Ids to text, the ending tokens left out.</param>
public sealed class Generator(
    IDecoder decoder, Device device, int vocabulary, IReadOnlyList<int> endTokens, Func<IReadOnlyList<int>, string> detokenize)
{
    /// <summary>The most rows that decode side by side. A group may be larger: its rollouts take turns.</summary>
    public int MaxRows { get; init; } = 1024;

    /// <summary>How steps are drawn.</summary>
    public DrawingForm Drawing { get; init; } = DrawingForm.Auto;

    /// <summary>
    /// Threads that draw rows where the decoder has none of its own, the calling one included. Results do not depend on it.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>Ids to text, the ending tokens left out.</summary>
    public Func<IReadOnlyList<int>, string> Detokenize => detokenize;

    /// <summary>Tokens that end a text.</summary>
    public IReadOnlyList<int> EndTokens => endTokens;

    /// <summary>Called when groups are finished, with the share of them, from 0 to 1; may cancel by throwing.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Draws a group for every prompt.</summary>
    /// <param name="prompts">P prompts.</param>
    /// <param name="groupSize">G rollouts a prompt.</param>
    /// <param name="sampling">How to draw.</param>
    /// <param name="seed">Of all randomness.</param>
    /// <param name="firstSample">Number of the group's first sample: a group can be continued later.</param>
    /// <param name="cancel">Looked at between steps, or chunks of them; nothing is returned then.</param>
    /// <returns>P groups of G rollouts, in the prompts' order.</returns>
    /// <exception cref="ArgumentException">The settings cannot work, or a prompt does not fit.</exception>
    public IReadOnlyList<RolloutGroup> Generate(
        IReadOnlyList<Prompt> prompts, int groupSize, SamplingOptions sampling, ulong seed, int firstSample = 0,
        CancellationToken cancel = default)
    {
        if (sampling.Problems(vocabulary, training: false).ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems));
        ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRows, 1);
        using var off = no_grad();
        var layout = StepLayout.Of(sampling, vocabulary, (int)decoder.Embedding.shape[1]);
        var groups = Queue(prompts, groupSize, sampling, layout.Slots, firstSample);
        var rules = new StepRules(sampling, endTokens, detokenize);
        decoder.Release(); // what a call that was cancelled has left
        try
        {
            var byRows = DrawsRows(sampling);
            using var ownPool = byRows && PoolOf(decoder) is null ? new WorkerPool(Workers) : null;
            using IDrawing drawing = byRows
                ? new RowDrawing(decoder, rules, layout, vocabulary, seed, ownPool ?? PoolOf(decoder)!)
                : new TensorDrawing(decoder, device, rules, layout, seed);
            Play(groups, sampling, drawing, cancel);
        }
        finally
        {
            foreach (var group in groups) group.Logits?.Dispose();
            decoder.Release();
        }
        foreach (var rollout in groups.SelectMany(g => g.Rollouts)) rollout.Text = rules.Text(rollout);
        return [.. groups.Select(g => new RolloutGroup(g.Prompt, g.Rollouts))];
    }

    /// <summary>Step by step until nobody waits and all are finished.</summary>
    private void Play(QueuedGroup[] groups, SamplingOptions sampling, IDrawing drawing, CancellationToken cancel)
    {
        var rows = new List<BatchRow>();
        var (next, reported) = (0, 0); // the first group of which rollouts wait; finished groups that were reported
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (rows.Count > 0) drawing.Draw(rows);
            while (true)
            {
                if (Fork(rows, groups, ref next, sampling)) drawing.Draw(rows);
                else
                {
                    Drop(rows, drawing);
                    using var logits = Add(rows, groups, ref next, sampling);
                    if (logits is null) break;
                    drawing.Draw(rows);
                }
            }
            if (Progress is not null && groups.Count(g => g.Finished == g.Rollouts.Length) is var done && done > reported)
                Progress((reported = done) / (double)groups.Length);
            if (rows.Count == 0) break;
            drawing.Feed();
        }
    }

    /// <summary>Rollouts of a group whose prompt is there take places; false where there are none.</summary>
    private bool Fork(List<BatchRow> rows, QueuedGroup[] groups, ref int next, SamplingOptions sampling)
    {
        if (next == groups.Length || groups[next] is not { Admitted: > 0 } group) return false;
        var count = Math.Min(group.Waiting, MaxRows - rows.Count(r => !r.Finished));
        if (count <= 0) return false;
        decoder.Fork(rows.FindIndex(r => r.Group == group), count);
        rows.AddRange(group.Admit(count, group.Logits!, 0, sampling.Law is not null));
        if (group.Waiting == 0) next++;
        return true;
    }

    /// <summary>Finished rows leave; the last ones fill their places.</summary>
    private void Drop(List<BatchRow> rows, IDrawing drawing)
    {
        var alive = rows.Count(r => !r.Finished);
        if (alive == rows.Count) return;
        var kept = new int[alive];
        for (int i = 0, last = rows.Count - 1; i < alive; i++)
        {
            kept[i] = i;
            if (!rows[i].Finished) continue;
            while (rows[last].Finished) last--;
            kept[i] = last--;
        }
        decoder.Keep(kept);
        drawing.Keep(kept);
        for (var i = 0; i < alive; i++) rows[i] = rows[kept[i]];
        rows.RemoveRange(alive, rows.Count - alive);
    }

    /// <summary>
    /// Prompts that wait are brought in: whole groups as many as have places, or else the first rollouts of one.
    /// </summary>
    /// <returns>Their logits (P, V), to be disposed once drawn from; null where no place is left, or nobody waits.</returns>
    private Tensor? Add(List<BatchRow> rows, QueuedGroup[] groups, ref int next, SamplingOptions sampling)
    {
        var free = MaxRows - rows.Count;
        if (next == groups.Length || free == 0) return null;
        var (size, thinking) = (groups[next].Rollouts.Length, sampling.Law is not null);
        var coming = groups[next..(next + Math.Min(Math.Max(1, free / size), groups.Length - next))];
        var each = Math.Min(size, free);
        var logits = decoder.Add([.. coming.Select(g => g.Prompt.Rows)], each, sampling.MaxNewTokens); // (P, V)
        for (var i = 0; i < coming.Length; i++) rows.AddRange(coming[i].Admit(each, logits, i, thinking));
        if (each == size) next += coming.Length;
        else coming[0].Logits = logits.clone().DetachFromDisposeScope(); // for the rollouts that wait
        return logits;
    }

    private static QueuedGroup[] Queue(
        IReadOnlyList<Prompt> prompts, int groupSize, SamplingOptions sampling, int slots, int firstSample)
    {
        // A problem that is asked twice in one call goes on with its samples: the same noise twice would be the same answers
        // twice.
        var times = new Dictionary<string, int>();
        return [.. prompts.Select(p =>
        {
            var met = times[p.Problem.Id] = times.TryGetValue(p.Problem.Id, out var n) ? n + 1 : 0;
            var first = firstSample + met * groupSize;
            Rollout[] rollouts =
                [.. Enumerable.Range(first, groupSize).Select(m => new Rollout(sampling, slots) { Member = m })];
            return new QueuedGroup(p, rollouts);
        })];
    }

    private bool DrawsRows(SamplingOptions sampling)
    {
        var can = device.type == DeviceType.CPU && RowDrawing.Knows(sampling.Law);
        if (Drawing == DrawingForm.Rows && !can)
            throw new ArgumentException(device.type == DeviceType.CPU
                ? $"thinking_law {sampling.Law!.Name} has no row form: leave Drawing at Auto, or set Tensors"
                : $"rows are drawn one by one on a CPU only, and the decoder is on {device}: leave Drawing at Auto, "
                    + "or set Tensors");
        return can && Drawing != DrawingForm.Tensors;
    }

    /// <summary>A decoder's own threads, idle between two steps; null where it has none.</summary>
    private static WorkerPool? PoolOf(IDecoder decoder) => decoder switch
    {
        SimdDecoder simd => simd.Pool,
        CopiedDecoder copied => PoolOf(copied.Engine),
        _ => null,
    };
}
