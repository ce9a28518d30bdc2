using Softly.Hub;

namespace Softly.Cli;

/// <summary>
/// What a user calls a model: a path, or a name of the hub such as <c>org/name</c> or <c>org/name@revision</c>, which means the
/// snapshot in the cache. Nothing is fetched here: that is what <c>softly pull</c> is for.
/// </summary>
internal static class ModelName
{
    /// <summary>
    /// The path that is meant. A path that exists wins over a name; what is neither is given back for the caller to refuse.
    /// </summary>
    /// <exception cref="UserError">It looks like a name, and the cache does not have it.</exception>
    public static string Resolve(string given)
    {
        if (File.Exists(given) || Directory.Exists(given) || Parse(given) is not var (name, revision)) return given;
        return Find(given) ?? throw new UserError(
            $"{given}: there is no such file or folder, and no model of that name in {Cache}; to fetch one: "
            + $"softly pull {name}{(revision == "main" ? "" : $" --revision {revision}")}");
    }

    /// <summary>The files of a name in the cache; null where it is no name, or the cache does not have it.</summary>
    /// <exception cref="UserError">There are several models under the name.</exception>
    public static string? Find(string given)
    {
        if (Parse(given) is not var (name, revision)) return null;
        if (new HubCache(Cache, HubRepo.Parse(name)).Find(revision) is not { } folder) return null;
        if (File.Exists(Path.Combine(folder, "config.json"))) return folder;
        return Directory.GetFiles(folder, "*.gguf", SearchOption.AllDirectories) switch
        {
            [var only] => only,
            [] => folder,
            var several => throw new UserError($"{given} has several .gguf files: name one of "
                + string.Join(", ", several.Order(StringComparer.Ordinal))),
        };
    }

    /// <summary>
    /// A name with the commit that it means now, <c>org/name@COMMIT</c>, so that it means the same files later. Paths, and names
    /// that the cache does not have, are given back as they are.
    /// </summary>
    public static string Pin(string given)
    {
        if (File.Exists(given) || Directory.Exists(given) || Parse(given) is not var (name, revision)) return given;
        return new HubCache(Cache, HubRepo.Parse(name)).Find(revision) is { } snapshot
            ? $"{name}@{Path.GetFileName(snapshot)}"
            : given;
    }

    private static string Cache => HubSettings.FromEnvironment(Environment.GetEnvironmentVariable).Cache;

    /// <summary>Name and revision; null for what is a path.</summary>
    private static (string Name, string Revision)? Parse(string given)
    {
        var at = given.IndexOf('@');
        var name = at < 0 ? given : given[..at];
        var isFileName = Path.GetExtension(name) is ".gguf" or ".yaml" or ".yml" or ".json" or ".jsonl";
        return isFileName || !HubRepo.IsOwnedName(name) ? null : (name, at < 0 ? "main" : given[(at + 1)..]);
    }
}
