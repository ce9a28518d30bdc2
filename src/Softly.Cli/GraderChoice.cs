using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Cli;

/// <summary>The graders that a recipe can name: those of Softly.Tasks, and the ones that run programs.</summary>
internal static class GraderChoice
{
    private static readonly Lock Lock = new();
    private static CodeGrader? _whole, _fraction;

    /// <summary>Names beyond <see cref="Graders.Names"/>.</summary>
    public static IReadOnlyList<string> OfPrograms { get; } = [CodeGrader.Known, CodeGrader.KnownFraction];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Graders.Names, .. OfPrograms];

    /// <summary>Where a grader runs programs, with versions and limits; null for one that runs none.</summary>
    /// <exception cref="SandboxUnavailableException">The sandbox does not work here.</exception>
    public static string? SandboxOf(string name) => (Judge(name) as CodeGrader)?.Sandbox;

    /// <summary>A grader by name: what it needs is tried before anything is sampled.</summary>
    /// <exception cref="ArgumentException">There is no such grader; the message has the nearest.</exception>
    /// <exception cref="SandboxUnavailableException">It runs programs, and the sandbox does not work here.</exception>
    public static IGrader Find(string name)
    {
        if (Judge(name) is { } runs) return runs;
        if (Graders.Names.Contains(name)) return Graders.Find(name);
        throw new ArgumentException($"there is no grader '{name}'{Recipes.RecipeReader.Nearest(name, Names)} "
            + $"Graders: {string.Join(", ", Names)}");
    }

    /// <summary>
    /// A grader that runs programs, all in one sandbox that is opened once for the whole process, so that what does not work is
    /// said before anything is run. Null for every other name: then the task finds it itself. The variable SOFTLY_SANDBOX chooses where programs run.
    /// </summary>
    /// <exception cref="SandboxUnavailableException">The sandbox does not work here.</exception>
    public static IGrader? Judge(string? name)
    {
        if (name is null || !OfPrograms.Contains(name)) return null;
        lock (Lock)
        {
            _whole ??= new CodeGrader(Sandboxes.Open());
            return name == CodeGrader.Known ? _whole : _fraction ??= _whole.Beside(fraction: true);
        }
    }
}
