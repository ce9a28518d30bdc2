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

    /// <summary>A plain token that a rule put there, not the policy: it is fed, and never scored.</summary>
    Forced,
}
