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
/// <param name="Slots">What is stored of a thought or a choice among kept tokens; empty for other kinds.</param>
/// <param name="Temperature">What the logits were divided by.</param>
/// <param name="LogDensity">Log-density under the policy that drew it.</param>
/// <param name="Entropy">
/// Entropy in nats of the whole next-token distribution at the temperature of the draw, noise left out.
/// </param>
/// <param name="Mass">Probability of the kept tokens in the whole distribution.</param>
public readonly record struct Step(
    StepKind Kind, int Token, StepSlots Slots, double Temperature, float LogDensity, float Entropy, float Mass)
{
    /// <summary>
    /// κ where a thought's winner ended thinking as a plain token (<see cref="StepLaw.WinnerScale"/>): the temperature has it in
    /// it, the entropy has not. 1 at all other steps.
    /// </summary>
    public double WinnerScale { get; init; } = 1;
}

/// <summary>The stored slots of one step (<see cref="ThoughtRecord"/> has the meaning of each).</summary>
/// <param name="Ids">K stored ids, by falling probability at the draw in most laws.</param>
/// <param name="Kept">K: which of them were kept.</param>
/// <param name="LogP">K: log-probabilities under the policy that drew.</param>
/// <param name="Weights">K: the mixture that was fed.</param>
/// <param name="Values">C: what the law drew; noisy log-probabilities g′ for Gumbel laws.</param>
/// <param name="OwnValues">True where C is the law's own number and not one value a slot.</param>
public readonly record struct StepSlots(
    ReadOnlyMemory<long> Ids, ReadOnlyMemory<bool> Kept, ReadOnlyMemory<float> LogP, ReadOnlyMemory<float> Weights,
    ReadOnlyMemory<float> Values, bool OwnValues = false);

/// <summary>
/// One answer to one prompt, step by step, with all that replaying it needs: everything random is in the record. Plain managed
/// memory; T steps of at most K stored tokens.
/// </summary>
/// <param name="sampling">The settings it was drawn with.</param>
/// <param name="width">K: stored tokens a step.</param>
public sealed class Rollout(SamplingOptions sampling, int width)
{
    private readonly List<Step> _steps = [];
    private readonly List<int> _tokens = [];

    /// <summary>The settings it was drawn with: laws, temperatures, truncation.</summary>
    public SamplingOptions Sampling { get; } = sampling;

    /// <summary>K: stored tokens a step.</summary>
    public int Width { get; } = width;

    /// <summary>Its number in its group, which a law may draw by: 0 for the first sample of a problem.</summary>
    public int Member { get; init; }

    /// <summary>T: steps after the prompt, the ending token counted.</summary>
    public int Length => _steps.Count;

    /// <summary>Steps that are soft.</summary>
    public int SoftSteps => _steps.Count(s => s.Kind == StepKind.Soft);

    /// <summary>Steps that the policy chose, and that are scored.</summary>
    public int ScoredSteps => _steps.Count(s => s.Kind != StepKind.Forced);

    /// <summary>What the model wrote: the text of its tokens and winners, without the ending token.</summary>
    public string Text { get; set; } = "";

    /// <summary>Why it ended.</summary>
    public FinishReason Finish { get; set; }

    /// <summary>T: the tokens, or winners, of all steps.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Step t.</summary>
    public Step this[int t] => _steps[t];

    /// <summary>T steps.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Appends a step.</summary>
    public void Add(Step step)
    {
        _steps.Add(step);
        _tokens.Add(step.Token);
    }
}
