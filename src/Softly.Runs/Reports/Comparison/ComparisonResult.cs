namespace Softly.Runs.Reports;

/// <summary>
/// What a comparison of arms found: everything its tables, its page and its JSON are made of. Rates and their differences are
/// shares from 0 to 1, times are seconds; lists keep the order in which things are shown.
/// </summary>
public sealed record ComparisonResult
{
    /// <summary>The comparison's name.</summary>
    public required string Name { get; init; }

    /// <summary>The command as typed, so that a reader can run it again.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Where it ran.</summary>
    public required QuickstartMachine Machine { get; init; }

    /// <summary>Runs side by side, one thread each.</summary>
    public required int Jobs { get; init; }

    /// <summary>What the model has to do, and how the reported numbers were sampled.</summary>
    public required QuickstartTask Task { get; init; }

    /// <summary>How the common start was made; with several, the control's.</summary>
    public required QuickstartWarmStart WarmStart { get; init; }

    /// <summary>The warm starts, each made with all <see cref="StartSeeds"/>; empty where there is one for all.</summary>
    public IReadOnlyList<ComparedStart> Starts { get; init; } = [];

    /// <summary>Seeds of the warm starts; empty where there is one for all.</summary>
    public IReadOnlyList<int> StartSeeds { get; init; } = [];

    /// <summary>Seeds of the training runs.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Training steps of every run.</summary>
    public required int Steps { get; init; }

    /// <summary>Problems a step.</summary>
    public required int PromptsPerStep { get; init; }

    /// <summary>Rollouts a problem.</summary>
    public required int GroupSize { get; init; }

    /// <summary>How learning rates were chosen; null where there was one only.</summary>
    public ComparisonSweep? Sweep { get; init; }

    /// <summary>The arm that differences are taken to, and whose decoding is the common one.</summary>
    public required string Control { get; init; }

    /// <summary>A second such arm; null where there is none.</summary>
    public string? Reference { get; init; }

    /// <summary>pass@k of random legal answers; empty where the task has no such floor.</summary>
    public IReadOnlyList<PassAt> Guess { get; init; } = [];

    /// <summary>The arms of which everything is there.</summary>
    public required IReadOnlyList<ComparedArm> Arms { get; init; }

    /// <summary>The arms that something is missing of.</summary>
    public IReadOnlyList<UnfinishedArm> Unfinished { get; init; } = [];

    /// <summary>The arms where their pass@1 was the same.</summary>
    public IReadOnlyList<ComparedLevel> Matched { get; init; } = [];
}

/// <summary>A warm start, of which there is a model for every start seed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Changes">Its recipe keys, in one line.</param>
/// <param name="Parameters">Of a model; 0 where none is made yet.</param>
/// <param name="Steps">Supervised updates.</param>
public sealed record ComparedStart(string Name, string Changes, long Parameters, int Steps);

/// <summary>How learning rates were chosen: by pass@1 on problems that are neither trained on nor reported.</summary>
/// <param name="Rates">All that were tried.</param>
/// <param name="Steps">Steps of each run.</param>
/// <param name="Seed">The seed of these runs.</param>
/// <param name="Problems">Validation problems.</param>
/// <param name="Samples">Answers to each.</param>
public sealed record ComparisonSweep(IReadOnlyList<double> Rates, int Steps, int Seed, int Problems, int Samples);

/// <summary>pass@k over several seeds.</summary>
/// <param name="K">How many tries.</param>
/// <param name="Seeds">The estimate of each seed, as shares.</param>
public sealed record SeedRates(int K, IReadOnlyList<double> Seeds)
{
    /// <summary>The mean over seeds.</summary>
    public double Mean => Seeds.Average();

    /// <summary>Standard deviation over seeds, with n − 1; NaN for one seed.</summary>
    public double Deviation => Seeds.Count < 2
        ? double.NaN
        : Math.Sqrt(Seeds.Sum(s => (s - Mean) * (s - Mean)) / (Seeds.Count - 1));
}

/// <summary>What one arm came to.</summary>
public sealed record ComparedArm
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its recipe keys, in one line.</summary>
    public required string Changes { get; init; }

    /// <summary>The learning rate of its runs.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Rate and pass@1 on the validation problems; empty without a sweep.</summary>
    public IReadOnlyList<(double Rate, double Pass)> Sweep { get; init; } = [];

    /// <summary>
    /// The start in the arm's own decoding; with several starts the mean over them, with intervals over starts and problems.
    /// </summary>
    public required IReadOnlyList<PassAt> Start { get; init; }

    /// <summary>What several starts add; null where there is one for all.</summary>
    public ComparedStarts? Starts { get; init; }

    /// <summary>Mean entropy in nats at the first thought of the start, in the arm's own decoding.</summary>
    public required double StartEntropy { get; init; }

    /// <summary>After the last step, in its own decoding.</summary>
    public required IReadOnlyList<SeedRates> Own { get; init; }

    /// <summary>After the last step, in the control's decoding.</summary>
    public required IReadOnlyList<SeedRates> Common { get; init; }

    /// <summary>Mean entropy in nats at the first thought after the last step, in its own decoding.</summary>
    public required double Entropy { get; init; }

    /// <summary>Minus the control, each in its own decoding; empty for the control.</summary>
    public IReadOnlyList<PassDifference> OwnToControl { get; init; } = [];

    /// <summary>Minus the reference, each in its own decoding; empty for the reference, and where there is none.</summary>
    public IReadOnlyList<PassDifference> OwnToReference { get; init; } = [];

    /// <summary>Minus the control, both in the control's decoding.</summary>
    public IReadOnlyList<PassDifference> CommonToControl { get; init; } = [];

    /// <summary>Minus the reference, both in the control's decoding.</summary>
    public IReadOnlyList<PassDifference> CommonToReference { get; init; } = [];

    /// <summary>Own decoding over steps, the start first.</summary>
    public required IReadOnlyList<(int Step, IReadOnlyList<SeedRates> Rates)> Curve { get; init; }

    /// <summary>How noisy its gradient is at the start; null where not measured.</summary>
    public ComparedGradient? Gradient { get; init; }

    /// <summary>Mean seconds of a training step, several runs side by side.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>What its thoughts are worth after training; null where that was not asked, or not all is there.</summary>
    public ComparedAudit? Audit { get; init; }
}

/// <summary>What an arm's thoughts are worth after training.</summary>
/// <param name="Conditions">pass@1 after each kind of thoughts, with intervals over starts and problems.</param>
/// <param name="Audits">One of each start seed, in their order, but those that cannot be audited.</param>
/// <param name="Reasons">Why these cannot.</param>
public sealed record ComparedAudit(
    IReadOnlyList<(string Condition, Estimate Pass)> Conditions, IReadOnlyList<PartAudit> Audits,
    IReadOnlyList<string> Reasons)
{
    /// <summary>
    /// Of all thoughts, the share on the words they should hold, a mean over <see cref="Audits"/>; NaN where no set is known.
    /// </summary>
    public double Mass => Mean(own => own.Mass);

    /// <summary>e^entropy of all thoughts, a mean over <see cref="Audits"/>.</summary>
    public double Effective => Mean(own => own.Effective);

    private double Mean(Func<ThoughtContent, Estimate> of) => Audits
        .Select(a => a.Positions is [{ Own: { } own }, ..] ? of(own).Value : double.NaN).DefaultIfEmpty(double.NaN).Average();
}

/// <summary>What an arm came to over several starts.</summary>
public sealed record ComparedStarts
{
    /// <summary>The name of its start.</summary>
    public required string Start { get; init; }

    /// <summary>After the last step in its own decoding, with intervals over starts, seeds and problems.</summary>
    public required IReadOnlyList<PassAt> Own { get; init; }

    /// <summary>After the last step minus before the first.</summary>
    public required IReadOnlyList<PassDifference> Gain { get; init; }

    /// <summary>Before the first step, minus the control; empty for the control.</summary>
    public IReadOnlyList<PassDifference> StartToControl { get; init; } = [];

    /// <summary>Every start, in the order of the start seeds.</summary>
    public required IReadOnlyList<ComparedStartSeed> BySeed { get; init; }

    /// <summary>What its answers and its training cost; null where the evaluations do not say.</summary>
    public ComparedCost? Cost { get; init; }

    /// <summary>With as many positions generated as the control; null where costs are not known.</summary>
    public ComparedBudget? EqualPositions { get; init; }

    /// <summary>With as many operations as the control; null where costs are not known.</summary>
    public ComparedBudget? EqualFlops { get; init; }
}

/// <summary>One start of an arm: pass@k before training, and after it as the mean over the runs from it.</summary>
/// <param name="Seed">The start seed.</param>
/// <param name="Before">Before the first step.</param>
/// <param name="After">After the last.</param>
public sealed record ComparedStartSeed(int Seed, IReadOnlyList<SeedRates> Before, IReadOnlyList<SeedRates> After);

/// <summary>Means over an evaluation: what an answer costs, apart from the machine.</summary>
/// <param name="Positions">Positions generated: thoughts, mark, answer and end, those put in counted.</param>
/// <param name="PromptPositions">Positions of its prompt.</param>
/// <param name="Flops">Operations of its own.</param>
/// <param name="PromptFlops">Operations of its prompt, which all answers to a problem share.</param>
public sealed record AnswerCost(double Positions, double PromptPositions, double Flops, double PromptFlops);

/// <summary>What an arm costs.</summary>
/// <param name="Answer">An answer after the last step.</param>
/// <param name="TrainingPositions">Positions generated in the training of one run, a mean.</param>
/// <param name="TrainingFlops">Operations of the training of one run, rollouts and updates, a mean.</param>
public sealed record ComparedCost(AnswerCost Answer, double TrainingPositions, double TrainingFlops);

/// <summary>An arm given what k answers of the control cost.</summary>
/// <param name="Ratio">What its answer costs, in answers of the control; prompts are not in it.</param>
/// <param name="Rates">pass@k, in the order of k.</param>
/// <param name="ToControl">Minus the control; empty for the control.</param>
/// <param name="ToReference">Minus the reference, given as much; empty for the reference, and where there is none.</param>
public sealed record ComparedBudget(
    double Ratio, IReadOnlyList<BudgetedPass> Rates, IReadOnlyList<PassDifference> ToControl,
    IReadOnlyList<PassDifference> ToReference);

/// <summary>pass@k for what k answers of the control cost.</summary>
/// <param name="K">Answers of the control.</param>
/// <param name="Answers">Answers of the arm for as much, which need not be whole.</param>
/// <param name="Share">The estimate.</param>
/// <param name="Capped">
/// True where the arm could be given more answers than were drawn: all that were are taken, and the estimate is too low.
/// </param>
public sealed record BudgetedPass(int K, double Answers, Estimate Share, bool Capped);

/// <summary>How far an arm is that is not finished.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Starts">Models of its start that were measured.</param>
/// <param name="StartsOf">How many there will be.</param>
/// <param name="Rates">Learning rates that were tried.</param>
/// <param name="RatesOf">How many there will be; 0 where its rate is given.</param>
/// <param name="Runs">Runs that are finished.</param>
/// <param name="RunsOf">How many there will be.</param>
/// <param name="Start">pass@k before training, of each model measured; empty where none is.</param>
public sealed record UnfinishedArm(
    string Name, int Starts, int StartsOf, int Rates, int RatesOf, int Runs, int RunsOf, IReadOnlyList<SeedRates> Start);

/// <summary>An arm's gradient at its start; with several, at the first model of it.</summary>
/// <param name="Batches">Batches it was measured with.</param>
/// <param name="SignalToNoise">Squared length of the true gradient over the total variance of a batch's, debiased.</param>
/// <param name="Cosine">Between its true gradient and that of the reference (or control), debiased; NaN for that arm.</param>
public sealed record ComparedGradient(int Batches, double SignalToNoise, double Cosine);

/// <summary>The arms at one level of pass@1.</summary>
/// <param name="Percent">The level.</param>
/// <param name="Arms">All arms, in order.</param>
public sealed record ComparedLevel(double Percent, IReadOnlyList<ComparedMatch> Arms);

/// <summary>One arm at a level: means over the seeds that bracket it, by straight lines between evaluations.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Bracketing">How many seeds do.</param>
/// <param name="Step">Mean step; NaN where none does.</param>
/// <param name="Entropy">Mean entropy in nats at the first thought; NaN where none does.</param>
/// <param name="Rates">pass@k; empty where none does.</param>
/// <param name="ToControl">Minus the control, over the runs in which both bracket the level; with other starts, over those in which each does.</param>
/// <param name="ToReference">Minus the reference, likewise.</param>
public sealed record ComparedMatch(
    string Arm, int Bracketing, double Step, double Entropy, IReadOnlyList<SeedRates> Rates,
    IReadOnlyList<PassDifference> ToControl, IReadOnlyList<PassDifference> ToReference);
