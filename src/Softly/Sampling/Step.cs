namespace Softly.Sampling;

/// <summary>What a position of a rollout is.</summary>
public enum StepKind : byte
{
    /// <summary>Given, not chosen.</summary>
    Prompt,

    /// <summary>A thought: a mixture of kept tokens.</summary>
    Soft,

    /// <summary>A plain token drawn from the whole vocabulary.</summary>
    Hard,

    /// <summary>A plain token drawn from, and scored on, a stored kept set.</summary>
    HardOnSupport,

    /// <summary>
    /// A plain token that was not drawn: a rule put it there, or it ended thoughts that are no draws either (a ladder's κ = 0).
    /// It is fed, and never scored.
    /// </summary>
    Forced,
}
