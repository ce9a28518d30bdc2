using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;

namespace Softly.Generation;

/// <summary>
/// A prompt whose rollouts are under way, or wait for a place. Its rows need not decode at the same time; the first of them
/// brings the prompt in, the others fork from one that is there.
/// </summary>
internal sealed class QueuedGroup(Prompt prompt, Rollout[] rollouts)
{
    public Prompt Prompt { get; } = prompt;

    /// <summary>What the prompt's problem is to the noise.</summary>
    public ulong Problem { get; } = CounterNoise.Key(prompt.Problem.Id);

    public Rollout[] Rollouts { get; } = rollouts;

    /// <summary>How many have had a place.</summary>
    public int Admitted { get; private set; }

    public int Waiting => Rollouts.Length - Admitted;

    /// <summary>How many are finished.</summary>
    public int Finished { get; set; }

    /// <summary>(1, V): the prompt's logits, kept while rollouts wait; null for none.</summary>
    public torch.Tensor? Logits { get; set; }

    /// <summary>The next rollouts' rows.</summary>
    /// <param name="count">How many of those that wait.</param>
    /// <param name="logits">The prompt's logits are a row of these.</param>
    /// <param name="row">Which.</param>
    /// <param name="thinking">Whether they begin with thoughts.</param>
    public IEnumerable<BatchRow> Admit(int count, torch.Tensor logits, int row, bool thinking)
    {
        for (var i = 0; i < count; i++, Admitted++)
            yield return new BatchRow(this, Rollouts[Admitted], thinking) { Fresh = (logits, row) };
    }
}
