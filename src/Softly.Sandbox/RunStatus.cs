namespace Softly.Sandbox;

/// <summary>How a program's grading ended.</summary>
public enum RunStatus
{
    /// <summary>Every test holds.</summary>
    Passed,

    /// <summary>A test does not hold, or stops on what the program answered.</summary>
    WrongAnswer,

    /// <summary>The program raised what it did not catch, when it was loaded or when it was called.</summary>
    RuntimeError,

    /// <summary>It is no Python.</summary>
    SyntaxError,

    /// <summary>The completion holds no program.</summary>
    NoCode,

    /// <summary>The program defines no function of the name that is asked for.</summary>
    MissingEntryPoint,

    /// <summary>Time was up.</summary>
    Timeout,

    /// <summary>Memory was up.</summary>
    Memory,

    /// <summary>It wrote or answered more than is taken.</summary>
    OutputLimit,

    /// <summary>Its interpreter ended without an answer.</summary>
    Crash,

    /// <summary>Nothing was judged, through no fault of the program: the sandbox or the tests failed.</summary>
    SandboxUnavailable,
}

/// <summary>Statuses in words.</summary>
public static class RunStatuses
{
    private static readonly Dictionary<string, RunStatus> ByName =
        Enum.GetValues<RunStatus>().ToDictionary(Name, StringComparer.Ordinal);

    /// <summary>A status as logs and tables spell it, such as <c>wrong_answer</c>.</summary>
    public static string Name(this RunStatus status) => string.Concat(
        status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    /// <summary>The status of a name; null where there is none.</summary>
    public static RunStatus? Find(string name) => ByName.TryGetValue(name, out var status) ? status : null;
}
