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
        if (File.Exists(given) || Directory.Exists(given)) return given;
        var at = given.IndexOf('@');
        var (name, revision) = at < 0 ? (given, "main") : (given[..at], given[(at + 1)..]);
        var isFileName = Path.GetExtension(name) is ".gguf" or ".yaml" or ".yml" or ".json" or ".jsonl";
        if (isFileName || !HubRepo.IsOwnedName(name)) return given;
        var cache = HubSettings.FromEnvironment(Environment.GetEnvironmentVariable).Cache;
        var folder = new HubCache(cache, HubRepo.Parse(name)).Find(revision) ?? throw new UserError(
            $"{given}: there is no such file or folder, and no model of that name in {cache}; to fetch one: "
            + $"softly pull {name}{(at < 0 ? "" : $" --revision {revision}")}");
        if (File.Exists(Path.Combine(folder, "config.json"))) return folder;
        return Directory.GetFiles(folder, "*.gguf", SearchOption.AllDirectories) switch
        {
            [var only] => only,
            [] => folder,
            var several => throw new UserError($"{given} has several .gguf files: name one of "
                + string.Join(", ", several.Order(StringComparer.Ordinal))),
        };
    }
}
