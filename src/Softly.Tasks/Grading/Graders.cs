namespace Softly.Tasks;

/// <summary>The graders by name.</summary>
public static class Graders
{
    private static readonly IGrader[] All =
    [
        MathGrader.Evaluation, MathGrader.Strict, new HendrycksGrader(), new Gsm8kGrader(), new Gsm8kGrader(flexible: true),
        new DapoGrader(), new MinervaGrader(), new ChoiceGrader(),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(g => g.Name)];

    /// <summary>A grader by name.</summary>
    /// <exception cref="ArgumentException">There is no such grader; the message has the nearest.</exception>
    public static IGrader Find(string name)
    {
        if (All.FirstOrDefault(g => g.Name == name) is { } grader) return grader;
        var near = NearestName.Of(name, Names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
        throw new ArgumentException($"there is no grader '{name}'{near} Graders: {string.Join(", ", Names)}.");
    }
}
