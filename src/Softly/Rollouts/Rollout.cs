using Softly.Sampling;

namespace Softly.Rollouts;

/// <summary>Why a rollout ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended its text.</summary>
    End,

    /// <summary>It spelt a stop text.</summary>
    Stop,

    /// <summary>It reached the length limit.</summary>
    Length,
}

/// <summary>One step as a reader sees it.</summary>
/// <param name="Kind">What the position is.</param>
/// <param name="Token">The plain token, or the winner of the mixture: what the step contributes to the text.</param>
/// <param name="Ids">K stored ids, by falling probability at the draw; empty for <see cref="StepKind.Hard"/>.</param>
/// <param name="Kept">K: which of them were kept.</param>
/// <param name="Values">K: noisy log-probabilities g′ (or what the law records instead).</param>
/// <param name="Temperature">What the logits were divided by.</param>
/// <param name="LogDensity">Log-density under the policy that drew it.</param>
/// <param name="Entropy">Entropy in nats of the whole next-token distribution at the step's temperature.</param>
public readonly record struct Step(
    StepKind Kind, int Token, ReadOnlyMemory<int> Ids, ReadOnlyMemory<bool> Kept, ReadOnlyMemory<float> Values,
    double Temperature, float LogDensity, float Entropy);

/// <summary>
/// One answer to one prompt, step by step, with all that replaying it needs: everything random is in the record. Plain managed
/// memory; T steps of at most K stored tokens.
/// </summary>
/// <param name="sampling">The settings it was drawn with.</param>
/// <param name="width">K: stored tokens a step.</param>
public sealed class Rollout(SamplingOptions sampling, int width)
{
    private readonly List<StepKind> _kinds = [];
    private readonly List<int> _tokens = [];
    private readonly List<int> _ids = [];
    private readonly List<bool> _kept = [];
    private readonly List<float> _values = [];
    private readonly List<double> _temperatures = [];
    private readonly List<float> _logDensities = [];
    private readonly List<float> _entropies = [];

    /// <summary>The settings it was drawn with: laws, temperatures, truncation.</summary>
    public SamplingOptions Sampling { get; } = sampling;

    /// <summary>K: stored tokens a step.</summary>
    public int Width { get; } = width;

    /// <summary>T: steps after the prompt, the ending token counted.</summary>
    public int Length => _tokens.Count;

    /// <summary>Steps that are soft.</summary>
    public int SoftSteps => _kinds.Count(k => k == StepKind.Soft);

    /// <summary>What the model wrote: the text of its tokens and winners, without the ending token.</summary>
    public string Text { get; set; } = "";

    /// <summary>Why it ended.</summary>
    public FinishReason Finish { get; set; }

    /// <summary>T: the tokens, or winners, of all steps.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>T: the kinds of all steps.</summary>
    public IReadOnlyList<StepKind> Kinds => _kinds;

    /// <summary>T: log-densities under the policy that drew the steps.</summary>
    public IReadOnlyList<float> LogDensities => _logDensities;

    /// <summary>T: entropies in nats of the whole next-token distribution.</summary>
    public IReadOnlyList<float> Entropies => _entropies;

    /// <summary>Step t.</summary>
    public Step this[int t] => _kinds[t] == StepKind.Hard
        ? new Step(_kinds[t], _tokens[t], default, default, default, _temperatures[t], _logDensities[t], _entropies[t])
        : new Step(
            _kinds[t], _tokens[t], Slice(_ids, t), Slice(_kept, t), Slice(_values, t), _temperatures[t], _logDensities[t],
            _entropies[t]);

    /// <summary>Appends a step; ids, kept and values hold K slots (ignored for a hard step).</summary>
    public void Add(
        StepKind kind, int token, ReadOnlySpan<long> ids, ReadOnlySpan<bool> kept, ReadOnlySpan<float> values, double temperature,
        float logDensity, float entropy)
    {
        _kinds.Add(kind);
        _tokens.Add(token);
        var stored = kind is StepKind.Soft or StepKind.HardOnSupport;
        for (var k = 0; k < Width; k++)
        {
            _ids.Add(stored ? (int)ids[k] : k == 0 ? token : 0);
            _kept.Add(stored ? kept[k] : k == 0);
            _values.Add(stored ? values[k] : k == 0 ? 0 : float.NegativeInfinity);
        }
        _temperatures.Add(temperature);
        _logDensities.Add(logDensity);
        _entropies.Add(entropy);
    }

    private ReadOnlyMemory<T> Slice<T>(List<T> list, int t) => list.GetRange(t * Width, Width).ToArray();
}
