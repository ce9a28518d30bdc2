using Softly.Runs;

namespace Softly.Cli;

/// <summary>What a model is called in a file that goes out into the world, where its path says nothing any more.</summary>
internal static class ModelTitle
{
    private const string HubPrefix = "models--";

    /// <summary>
    /// A GGUF file's own name; else the name of the run that a checkpoint is of, <c>org/name</c> of a snapshot of the hub, or the
    /// folder's or file's name.
    /// </summary>
    /// <param name="path">A folder or a .gguf file.</param>
    /// <param name="metadata">The file's metadata; null for folders.</param>
    public static string Of(string path, IReadOnlyDictionary<string, object>? metadata)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(path))
            return metadata?.GetValueOrDefault("general.name") is string name && !string.IsNullOrWhiteSpace(name)
                ? name
                : Path.GetFileNameWithoutExtension(path);
        var parent = Path.GetDirectoryName(path);
        if (parent is null) return Path.GetFileName(path);
        if (RunFolder.IsRun(parent)) return Path.GetFileName(parent);
        return Path.GetFileName(parent) == "snapshots" && Path.GetFileName(Path.GetDirectoryName(parent)) is { } repo
            && repo.StartsWith(HubPrefix, StringComparison.Ordinal)
                ? repo[HubPrefix.Length..].Replace("--", "/")
                : Path.GetFileName(path);
    }
}
