namespace Softly.Cli.Recipes;

/// <summary>
/// The keys of a comparison file, beside its <c>arms</c> and <c>starts</c>: what is compared, on what, and how long.
/// </summary>
internal sealed record ComparisonKeys
{
    [Key("the recipe of what all arms share, its warm start included; a path relative to the comparison's file")]
    public string Base { get; init; } = "";

    [Key("seeds of the warm starts, separated by blanks: each is a model, and every arm runs from all models of its start; left "
        + "out, one warm start with the base's seed")]
    public string? StartSeeds { get; init; }

    [Key("seeds of the training runs, separated by blanks")]
    public string Seeds { get; init; } = "1 2 3";

    [Key("learning rates tried for every arm, separated by blanks; left out, the base's, without a sweep")]
    public string? LearningRates { get; init; }

    [Key("steps of the runs that choose the learning rate; left out, max_steps", Least = 1)]
    public int? SweepSteps { get; init; }

    [Key("seed of the runs that choose the learning rate", Least = 0)]
    public int SweepSeed { get; init; } = 1;

    [Key("test problems, the same for all; left out, the base's", Least = 1)]
    public int? EvalProblems { get; init; }

    [Key("answers to each test problem; left out, the base's", Least = 1)]
    public int? EvalSamples { get; init; }

    [Key("a point of the curves every so many steps; left out, the base's, or a tenth of max_steps", Least = 1)]
    public int? EvalSteps { get; init; }

    [Key("problems that choose the learning rate; they share nothing with the test problems", Least = 1)]
    public int ValidationProblems { get; init; } = 200;

    [Key("answers to each of those problems", Least = 1)]
    public int ValidationSamples { get; init; } = 32;

    [Key("the arm that differences are taken to, and whose decoding is the common one; left out, the first")]
    public string? Control { get; init; }

    [Key("a second arm that differences are taken to, and that gradients are compared with; left out, none")]
    public string? Reference { get; init; }

    [Key("levels of pass@1 in percent at which arms are compared too, separated by blanks; or auto")]
    public string Match { get; init; } = "auto";

    [Key("batches that gradient noise is measured with; 0 for no measurement", Least = 0)]
    public int GradientBatches { get; init; } = 16;

    [Key("test problems on which the thoughts of every arm are audited after training, one run of each start seed; 0 for no "
        + "audit", Least = 0)]
    public int AuditProblems { get; init; }

    [Key("answers to each of those problems, after each kind of thoughts", Least = 1)]
    public int AuditSamples { get; init; } = 4;
}

/// <summary>A warm start, of which there is a model for every start seed: the base with its changes.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Folder">A folder's name made of it.</param>
/// <param name="Recipe">The base with the start's changes; the seed is set model by model.</param>
/// <param name="Changes">What the file says of it, in one line.</param>
/// <param name="Keys">The recipe keys it changes.</param>
internal sealed record ComparisonStart(
    string Name, string Folder, Recipe Recipe, string Changes, IReadOnlyList<string> Keys);

/// <summary>An arm: its start's recipe with its changes.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Folder">A folder's name made of it.</param>
/// <param name="Recipe">The start's recipe with the arm's changes; learning rate, seed and folder are set run by run.</param>
/// <param name="Changes">What the file says of it, in one line.</param>
/// <param name="Start">What its runs begin with.</param>
/// <param name="LearningRate">Its own learning rate, which is not swept then; null where it says none.</param>
internal sealed record ComparisonArm(
    string Name, string Folder, Recipe Recipe, string Changes, ComparisonStart Start, double? LearningRate = null);

/// <summary>A comparison file as read: everything checked and resolved.</summary>
internal sealed record Comparison
{
    /// <summary>The file's name without ending.</summary>
    public required string Name { get; init; }

    /// <summary>What all arms share.</summary>
    public required Recipe Shared { get; init; }

    /// <summary>
    /// True where the file names <c>starts</c> or <c>start_seeds</c>: the folder has a place for every model then.
    /// </summary>
    public bool SeveralStarts { get; init; }

    /// <summary>The warm starts, in the file's order; the base itself where the file names none.</summary>
    public required IReadOnlyList<ComparisonStart> Starts { get; init; }

    /// <summary>Every start is made with each of these.</summary>
    public required IReadOnlyList<int> StartSeeds { get; init; }

    /// <summary>The arms, in the file's order.</summary>
    public required IReadOnlyList<ComparisonArm> Arms { get; init; }

    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Ascending; one alone means no sweep.</summary>
    public required IReadOnlyList<double> LearningRates { get; init; }

    public required int SweepSteps { get; init; }
    public required int SweepSeed { get; init; }
    public required int ValidationProblems { get; init; }
    public required int ValidationSamples { get; init; }
    public required ComparisonArm Control { get; init; }

    /// <summary>Null where there is none, or where it is the control.</summary>
    public required ComparisonArm? Reference { get; init; }

    /// <summary>Percent; null for auto.</summary>
    public required IReadOnlyList<double>? Match { get; init; }

    public required int GradientBatches { get; init; }

    /// <summary>Test problems of the audits; 0 for none.</summary>
    public int AuditProblems { get; init; }

    /// <summary>Answers to each of them, after each kind of thoughts.</summary>
    public int AuditSamples { get; init; } = 4;
}
