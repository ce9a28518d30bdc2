namespace Softly.Tests;

/// <summary>
/// The folder of tables with right answers that others' software gave. It is not part of the repository: without it the
/// tests that need it are skipped, and say so.
/// </summary>
internal static class Reference
{
    /// <summary>The value of SOFTLY_REFERENCE, else the folder <c>shared</c> beside the repository.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("SOFTLY_REFERENCE") is { Length: > 0 } given
            ? given
            : Path.Combine(Repository, "..", "shared");

    /// <summary>The repository's root: the first folder upwards that holds Softly.slnx.</summary>
    public static string Repository
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "Softly.slnx")))
                folder = Path.GetDirectoryName(folder);
            return folder ?? Environment.CurrentDirectory;
        }
    }

    /// <summary>
    /// The folders within a reference folder, so that tests take in what is added there; one name where it is missing.
    /// </summary>
    public static IReadOnlyList<string> Folders(params string[] parts) =>
        Path.Combine([Folder, .. parts]) is var path && Directory.Exists(path)
            ? [.. Directory.GetDirectories(path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)]
            : ["(none)"];

    /// <summary>The full path of a reference file or folder; skips the running test where it is missing.</summary>
    public static string Require(params string[] parts)
    {
        var path = Path.GetFullPath(Path.Combine([Folder, .. parts]));
        Assert.SkipUnless(
            File.Exists(path) || Directory.Exists(path), $"{path} is not there; set SOFTLY_REFERENCE to the reference folder");
        return path;
    }
}
