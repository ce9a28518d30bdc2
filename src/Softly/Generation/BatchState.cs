using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Which rows are still thinking, and for how long, on the device. The host's rows are the truth at the start of every chunk.
/// </summary>
internal sealed class BatchState : IDisposable
{
    private readonly SamplingOptions _sampling;
    private readonly Tensor _closing;                // (1, E) int64: tokens that end thinking or the text
    private readonly Tensor? _thoughts, _sure;       // (B) int64, counted on in place

    public BatchState(IReadOnlyList<BatchRow> rows, StepRules rules, Device device)
    {
        var sampling = _sampling = rules.Sampling;
        long[] closing = [.. rules.Closing.Select(e => (long)e)];
        _closing = Scalars.Upload(closing, device, 1, closing.Length);
        Thinking = Scalars.Upload(rows.Select(r => r.Thinking).ToArray(), device, rows.Count);
        AnyThinking = rows.Any(r => r.Thinking);
        AnyAnswering = rows.Any(r => !r.Thinking);
        if (AnyThinking)
        {
            Members = Scalars.Upload(rows.Select(r => (long)r.Sample).ToArray(), device, rows.Count);
            bool[] certain = [.. rows.Select(r => !sampling.Law!.Draws(r.Sample))];
            if (certain.Contains(true)) Certain = Scalars.Upload(certain, device, rows.Count);
            double[] scales = [.. rows.Select((r, i) => certain[i] ? 1 : sampling.Law!.WinnerScale(r.Sample))];
            if (scales.Any(k => k != 1)) WinnerScales = Scalars.Upload(scales, device, rows.Count, 1);
        }
        if (sampling.ThinkLength > 0) _thoughts = Scalars.Upload(rows.Select(r => r.Thoughts).ToArray(), device, rows.Count);
        if (sampling.ColdStop is not null) _sure = Scalars.Upload(rows.Select(r => r.Sure).ToArray(), device, rows.Count);
    }

    public Tensor Thinking { get; private set; } // (B) bool
    public bool AnyThinking { get; }
    public bool AnyAnswering { get; private set; }

    /// <summary>(B) int64: sample numbers; null where nobody thinks.</summary>
    public Tensor? Members { get; }

    /// <summary>(B) bool: rows whose thoughts are a function of the policy; null where there are none.</summary>
    public Tensor? Certain { get; }

    /// <summary>
    /// (B, 1) float64: κ of the rows' winners, 1 where nothing is drawn; null where all are 1.
    /// </summary>
    public Tensor? WinnerScales { get; }

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

    public void Dispose()
    {
        Thinking.Dispose();
        _closing.Dispose();
        Members?.Dispose();
        Certain?.Dispose();
        WinnerScales?.Dispose();
        _thoughts?.Dispose();
        _sure?.Dispose();
    }
}
