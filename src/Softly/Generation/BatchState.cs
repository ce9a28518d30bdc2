using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>A row of the batch, as the host knows it.</summary>
internal sealed class BatchRow(ulong problem, int sample, Rollout rollout, bool thinking)
{
    public ulong Problem { get; } = problem;
    public int Sample { get; } = sample;
    public Rollout Rollout { get; } = rollout;
    public bool Thinking { get; set; } = thinking;
    public bool Finished { get; private set; }

    /// <summary>Thoughts so far.</summary>
    public long Thoughts { get; private set; }

    /// <summary>How many of the last thoughts in a row were sure ones.</summary>
    public long Sure { get; private set; }

    /// <summary>Counts a thought.</summary>
    public void Thought(float entropy, ColdStop? stop)
    {
        Thoughts++;
        Sure = entropy < (stop?.Entropy ?? 0) ? Sure + 1 : 0;
    }

    public void End(FinishReason reason)
    {
        Finished = true;
        Rollout.Finish = reason;
    }
}

/// <summary>
/// Which rows are still thinking, and for how long, on the device. The host's rows are the truth at the start of every chunk.
/// </summary>
internal sealed class BatchState : IDisposable
{
    private readonly SamplingOptions _sampling;
    private readonly Tensor _closing;                // (1, E) int64: tokens that end thinking or the text
    private readonly Tensor? _thoughts, _sure;       // (B) int64, counted on in place

    public BatchState(List<BatchRow> rows, SamplingOptions sampling, IReadOnlyList<int> endTokens, Device device)
    {
        _sampling = sampling;
        long[] closing = [.. endTokens.Concat(sampling.ThinkEnd.Tokens).Select(e => (long)e)];
        _closing = Scalars.Upload(closing, device, 1, closing.Length);
        Thinking = Scalars.Upload(rows.Select(r => r.Thinking).ToArray(), device, rows.Count);
        AnyThinking = rows.Any(r => r.Thinking);
        AnyAnswering = rows.Any(r => !r.Thinking);
        if (sampling.ThinkLength > 0) _thoughts = Scalars.Upload(rows.Select(r => r.Thoughts).ToArray(), device, rows.Count);
        if (sampling.ColdStop is not null) _sure = Scalars.Upload(rows.Select(r => r.Sure).ToArray(), device, rows.Count);
    }

    public Tensor Thinking { get; private set; } // (B) bool
    public bool AnyThinking { get; }
    public bool AnyAnswering { get; private set; }

    /// <summary>Which of the tokens (B) end thinking or the text, (B) bool.</summary>
    public Tensor Closes(Tensor tokens) => tokens.unsqueeze(1).eq(_closing).any(1, false);

    /// <summary>
    /// Counts this thought and says for which rows (B) it is one too many, or one sure thought too many; null where there is no
    /// such limit.
    /// </summary>
    /// <param name="entropy">(B) nats.</param>
    public Tensor? Overdue(Tensor entropy)
    {
        Tensor? overdue = null;
        if (_thoughts is not null)
        {
            overdue = _thoughts.ge(Scalars.Of(_sampling.ThinkLength));
            _thoughts.copy_(_thoughts.Plus(1));
        }
        if (_sampling.ColdStop is { } stop)
        {
            var counted = _sure!.Plus(1).mul(entropy.lt(Scalars.Of(stop.Entropy))); // (B)
            _sure!.copy_(counted);
            var sure = counted.ge(Scalars.Of(stop.Length));
            overdue = overdue is null ? sure : overdue.logical_or(sure);
        }
        return overdue;
    }

    /// <summary>Rows whose step ended thinking answer from now on.</summary>
    public void After(Drawn step)
    {
        if (!AnyThinking) return;
        using var scope = NewDisposeScope();
        var closes = Closes(step.Tokens);
        if (_sampling.Law!.ThinksBlank) closes = closes.logical_and(step.Kinds.ne(Scalars.OfLong((long)StepKind.Soft)));
        var next = Thinking.logical_and(closes.logical_not()).MoveToOuterDisposeScope();
        Thinking.Dispose();
        Thinking = next;
        AnyAnswering = true; // not read back: asking the device would cost more than drawing both
    }

    /// <summary>Outlives the chunk that made it.</summary>
    public void MoveOut(DisposeScope chunk)
    {
        chunk.MoveToOuter(Thinking, _closing);
        if (_thoughts is not null) chunk.MoveToOuter(_thoughts);
        if (_sure is not null) chunk.MoveToOuter(_sure);
    }

    public void Dispose()
    {
        Thinking.Dispose();
        _closing.Dispose();
        _thoughts?.Dispose();
        _sure?.Dispose();
    }
}
