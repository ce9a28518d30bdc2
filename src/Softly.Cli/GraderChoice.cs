using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Cli;

/// <summary>The graders that a recipe can name: those of Softly.Tasks, and the ones that run programs.</summary>
internal static class GraderChoice
{
    private static readonly Lock Lock = new();
    private static readonly Dictionary<string, CodeGrader> Opened = [];

    /// <summary>Names beyond <see cref="Graders.Names"/>.</summary>
    public static IReadOnlyList<string> OfPrograms { get; } = [CodeGrader.Known, CodeGrader.KnownFraction];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Graders.Names, .. OfPrograms];

    /// <summary>
    /// A grader that runs programs, opened once for the whole process, so that what does not work is said before anything is run.
    /// Null for every other name: then the task finds it itself. The variable SOFTLY_SANDBOX chooses where programs run.
    /// </summary>
    /// <exception cref="SandboxUnavailableException">The sandbox does not work here.</exception>
    public static IGrader? Judge(string? name)
    {
        if (name is null || !OfPrograms.Contains(name)) return null;
        lock (Lock)
            return Opened.TryGetValue(name, out var grader) ? grader
                : Opened[name] = new CodeGrader(Sandboxes.Open(), fraction: name == CodeGrader.KnownFraction);
    }
}
