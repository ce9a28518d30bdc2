using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;

namespace Softly.Generation;

/// <summary>A row of the batch, as the host knows it.</summary>
internal sealed class BatchRow(QueuedGroup group, Rollout rollout, bool thinking)
{
    public QueuedGroup Group { get; } = group;
    public int Sample => Rollout.Member;
    public Rollout Rollout { get; } = rollout;
    public bool Thinking { get; set; } = thinking;
    public bool Finished { get; private set; }

    /// <summary>
    /// Where the logits of its prompt are, and in which row of them, until its first step is drawn; null from then on.
    /// </summary>
    public (torch.Tensor Logits, int Row)? Fresh { get; set; }

    /// <summary>Steps so far: the position that is drawn next.</summary>
    public int Position => Rollout.Length;

    /// <summary>Thoughts so far.</summary>
    public long Thoughts { get; private set; }

    /// <summary>How many of the last thoughts in a row were sure ones.</summary>
    public long Sure { get; private set; }

    /// <summary>How many sure thoughts in a row there are with one more of this entropy.</summary>
    public long SureWith(float entropy, ColdStop? stop) => entropy < (stop?.Entropy ?? 0) ? Sure + 1 : 0;

    /// <summary>Counts a thought.</summary>
    public void Thought(float entropy, ColdStop? stop)
    {
        Thoughts++;
        Sure = SureWith(entropy, stop);
    }

    public void End(FinishReason reason)
    {
        Finished = true;
        Rollout.Finish = reason;
    }
}
