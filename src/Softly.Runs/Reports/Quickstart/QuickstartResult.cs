namespace Softly.Runs.Reports;

/// <summary>
/// What a quickstart found: everything its page, its console text and its JSON are made of. Rates and their differences are
/// shares from 0 to 1, times are seconds; lists keep the order in which things are shown.
/// </summary>
public sealed record QuickstartResult
{
    /// <summary>The model all arms start from, as <see cref="QuickstartEvaluation.Model"/> names it.</summary>
    public const string WarmStartModel = "warm start";

    /// <summary>What the page tells around the figures.</summary>
    public QuickstartStory Story { get; init; } = QuickstartStory.SoftTokens;

    /// <summary>The command as typed, so that a reader can run it again.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Seed of everything random.</summary>
    public required long Seed { get; init; }

    /// <summary>Where it ran.</summary>
    public required QuickstartMachine Machine { get; init; }

    /// <summary>What the model has to do.</summary>
    public required QuickstartTask Task { get; init; }

    /// <summary>What <c>--advantage</c> was: <c>group</c> or <c>pass@2</c>.</summary>
    public required string Advantage { get; init; }

    /// <summary>How the common starting point was made.</summary>
    public required QuickstartWarmStart WarmStart { get; init; }

    /// <summary>What was trained, in the order of the palette.</summary>
    public required IReadOnlyList<QuickstartArm> Arms { get; init; }

    /// <summary>The ways of answering that were evaluated.</summary>
    public required IReadOnlyList<QuickstartDecoding> Decodings { get; init; }

    /// <summary>One for each model and decoding that was evaluated.</summary>
    public required IReadOnlyList<QuickstartEvaluation> Evaluations { get; init; }

    /// <summary>
    /// What the discrete control is, as a sentence can name it: <c>GRPO on the soft support</c>; empty where there is none.
    /// </summary>
    public string Control { get; init; } = "";

    /// <summary>pass@k of random legal answers; empty where the task has no such floor.</summary>
    public IReadOnlyList<PassAt> Guess { get; init; } = [];

    /// <summary>The arms compared at the step where their pass@1 was the same; empty where not measured.</summary>
    public IReadOnlyList<QuickstartMatch> Matched { get; init; } = [];

    /// <summary>What thoughts are worth; empty where nothing was audited.</summary>
    public IReadOnlyList<PartAudit> Audits { get; init; } = [];

    /// <summary>Why thoughts that were to be audited were not; null where they were, or were not to be.</summary>
    public string? Unaudited { get; init; }

    /// <summary>What took how long, in order. The parts do not overlap: the page shows their sum as the whole.</summary>
    public IReadOnlyList<QuickstartDuration> Durations { get; init; } = [];
}

/// <summary>Where a quickstart ran.</summary>
/// <param name="Cores">Cores it could use.</param>
/// <param name="Framework">For example <c>.NET 10.0.1, TorchSharp 0.107.0</c>.</param>
/// <param name="System">For example <c>Linux x64</c>.</param>
public sealed record QuickstartMachine(int Cores, string Framework, string System);

/// <summary>What the model has to do.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Description">One sentence on what a problem and an answer are.</param>
/// <param name="Problems">Problems evaluated.</param>
/// <param name="Samples">Answers drawn for each of them.</param>
/// <param name="HeldOut">True where no evaluated problem was trained on.</param>
public sealed record QuickstartTask(string Name, string Description, int Problems, int Samples, bool HeldOut);

/// <summary>How the common starting point was made.</summary>
/// <param name="Parameters">Weights of the model.</param>
/// <param name="Steps">Steps of supervised training.</param>
/// <param name="Seconds">How long they took; 0 where they were made by an earlier run.</param>
/// <param name="Loss">The last loss, in nats a token; NaN where not known.</param>
public sealed record QuickstartWarmStart(long Parameters, int Steps, double Seconds, double Loss);

/// <summary>One thing that was trained.</summary>
public sealed record QuickstartArm
{
    /// <summary>Its name, as <see cref="QuickstartEvaluation.Model"/> has it.</summary>
    public required string Name { get; init; }

    /// <summary>One line: how it thinks and what its gradient scores.</summary>
    public required string Description { get; init; }

    /// <summary>The model it started from, as <see cref="QuickstartEvaluation.Model"/> has it.</summary>
    public string Start { get; init; } = QuickstartResult.WarmStartModel;

    /// <summary>Name of the decoding it was trained with.</summary>
    public required string OwnDecoding { get; init; }

    /// <summary>A line for each training step, under the names of <c>metrics.jsonl</c>.</summary>
    public required IReadOnlyList<MetricsEntry> Curve { get; init; }

    /// <summary>A few rollouts after training.</summary>
    public IReadOnlyList<RolloutRecord> Samples { get; init; } = [];

    /// <summary>How long its training took.</summary>
    public double Seconds { get; init; }
}

/// <summary>A way of answering.</summary>
/// <param name="Name">Its name, as <see cref="QuickstartEvaluation.Decoding"/> has it.</param>
/// <param name="Description">One sentence.</param>
public sealed record QuickstartDecoding(string Name, string Description);

/// <summary>One model, answering in one way.</summary>
public sealed record QuickstartEvaluation
{
    /// <summary>An arm's name, or that of what an arm started from.</summary>
    public required string Model { get; init; }

    /// <summary>A decoding's name.</summary>
    public required string Decoding { get; init; }

    /// <summary>pass@k, usually for k of 1, 4, 16 and 32.</summary>
    public required IReadOnlyList<PassAt> PassAtK { get; init; }

    /// <summary>Mean entropy in nats of the next token at the first thought; null where not measured.</summary>
    public double? FirstThoughtEntropy { get; init; }

    /// <summary>This minus its warm start in the same decoding, paired by problem; empty for a warm start.</summary>
    public IReadOnlyList<PassDifference> ToWarmStart { get; init; } = [];

    /// <summary>What <see cref="ToControl"/> is a difference to; null for <see cref="QuickstartResult.Control"/>.</summary>
    public string? Control { get; init; }

    /// <summary>This minus its control, paired by problem; empty where that is no fair comparison.</summary>
    public IReadOnlyList<PassDifference> ToControl { get; init; } = [];
}

/// <summary>A difference between two pass@k, as a share, with its paired 95 % interval.</summary>
public readonly record struct PassDifference(int K, Estimate Share);

/// <summary>An arm where its pass@1 reached a common level.</summary>
/// <param name="Arm">The arm's name.</param>
/// <param name="Step">The step, interpolated between evaluations; null where the level was not reached.</param>
/// <param name="PassAtK">pass@k there.</param>
public sealed record QuickstartMatch(string Arm, double? Step, IReadOnlyList<PassAt> PassAtK);

/// <summary>What took how long.</summary>
public readonly record struct QuickstartDuration(string Name, double Seconds);
