namespace Softly.Cli.Recipes;

/// <summary>The keys of a comparison file, beside its <c>arms</c>: what is compared, on what, and how long.</summary>
internal sealed record ComparisonKeys
{
    [Key("the recipe of what all arms share, its warm start included; a path relative to the comparison's file")]
    public string Base { get; init; } = "";

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
}

/// <summary>An arm: the shared recipe with its changes.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Folder">A folder's name made of it.</param>
/// <param name="Recipe">The shared recipe with the arm's changes; learning rate, seed and folder are set run by run.</param>
/// <param name="Changes">What the file says of it, in one line.</param>
internal sealed record ComparisonArm(string Name, string Folder, Recipe Recipe, string Changes);

/// <summary>A comparison file as read: everything checked and resolved.</summary>
internal sealed record Comparison
{
    /// <summary>The file's name without ending.</summary>
    public required string Name { get; init; }

    /// <summary>What all arms share.</summary>
    public required Recipe Shared { get; init; }

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
}
