using Softly.Sampling;

namespace Softly.Training;

/// <summary>Where the old log-densities of a ratio come from when one rollout serves several updates.</summary>
public enum OldLogDensity
{
    /// <summary>A forward pass of the trainer before its first update: exact whatever the rollout engine.</summary>
    Recompute,

    /// <summary>What the rollout recorded: saves that pass, and takes the engines' rounding into the ratio.</summary>
    Rollout,
}

/// <summary>How a run trains. Defaults are TRL's where TRL has the setting.</summary>
public sealed record TrainingOptions
{
    /// <summary>Training steps: rollouts and their updates.</summary>
    public int Steps { get; init; } = 300;

    /// <summary>P: problems a step.</summary>
    public int PromptsPerStep { get; init; } = 16;

    /// <summary>G: rollouts a problem.</summary>
    public int GroupSize { get; init; } = 16;

    /// <summary>
    /// Rollouts that go through the model together in the update. Any value gives the same loss; smaller ones need less memory.
    /// </summary>
    public int MicroBatch { get; init; } = 256;

    /// <summary>Parts a step's rollouts are cut into, each with an update of its own. Default 1.</summary>
    public int MiniBatches { get; init; } = 1;

    /// <summary>Passes over a step's rollouts (TRL's num_iterations). Default 1.</summary>
    public int Iterations { get; init; } = 1;

    /// <summary>Where old log-densities come from when there is more than one update a step.</summary>
    public OldLogDensity Old { get; init; } = OldLogDensity.Recompute;

    /// <summary>How rollouts are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Lets gradients flow through thought inputs. Default false, as published.</summary>
    public bool AttachInputs { get; init; }

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Updates of warm-up.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>What follows warm-up.</summary>
    public Schedule Schedule { get; init; } = Schedule.Linear;

    /// <summary>AdamW's decoupled weight decay, of matrices only.</summary>
    public double WeightDecay { get; init; }

    /// <summary>AdamW's decay of the mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the square.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Global gradient norm is clipped to this; 0 for no clipping.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Of all randomness of the run.</summary>
    public ulong Seed { get; init; } = 42;
}
