namespace Softly.Hub;

/// <summary>Which of a repository's files are wanted.</summary>
/// <param name="Include">Patterns of which a name must match one; empty for the usual files.</param>
/// <param name="Exclude">Patterns of which a name must match none.</param>
public sealed record FileChoice(IReadOnlyList<string> Include, IReadOnlyList<string> Exclude)
{
    /// <summary>What a model is run and trained with.</summary>
    private static readonly string[] ModelFiles = ["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model"];

    /// <summary>The same model once more for other programs, and what is left from its training.</summary>
    private static readonly string[] OtherForms =
        ["onnx/*", "openvino/*", "coreml/*", "original/*", "runs/*", "checkpoint-*/*", "*.onnx*"];

    private static readonly string[] OtherWeights = [".gguf", ".bin", ".pth", ".pt", ".h5", ".msgpack", ".ckpt"];

    /// <summary>The usual files: all of a data set; of a model its safetensors and all the small files around them.</summary>
    public static FileChoice Usual { get; } = new([], []);

    /// <summary>The wanted files, in the hub's order.</summary>
    /// <exception cref="HubException">There are none, or what is wanted by default leaves all weights out.</exception>
    internal IReadOnlyList<HubFile> Of(HubRepo repo, HubListing listing)
    {
        var isUsualModel = Include.Count == 0 && repo.Kind == HubRepoKind.Model;
        IReadOnlyList<string> usual = isUsualModel ? ModelFiles : ["*"];
        var include = (Include.Count > 0 ? Include : usual).Select(p => new Glob(p)).ToList();
        var exclude = (isUsualModel ? [.. OtherForms, .. Exclude] : Exclude).Select(p => new Glob(p)).ToList();
        var chosen = listing.Files
            .Where(f => include.Exists(g => g.Matches(f.Path)) && !exclude.Exists(g => g.Matches(f.Path))).ToList();
        if (isUsualModel)
        {
            CheckWeights(repo, listing);
            // Mistral's own programs read the same weights from one file of another name.
            if (chosen.Exists(f => f.Path.StartsWith("model", StringComparison.Ordinal) && IsSafeTensors(f)))
                chosen.RemoveAll(f => f.Path.StartsWith("consolidated", StringComparison.Ordinal) && IsSafeTensors(f));
        }
        if (chosen.Count == 0)
            throw new HubException($"{repo.Name} has no file that is wanted; it has {Some(listing.Files)}");
        return chosen;
    }

    private static void CheckWeights(HubRepo repo, HubListing listing)
    {
        if (listing.Files.Any(IsSafeTensors)) return;
        var others = listing.Files
            .Where(f => OtherWeights.Any(e => f.Path.EndsWith(e, StringComparison.OrdinalIgnoreCase))).ToList();
        if (others.Count == 0) return; // no weights at all, such as a tokenizer alone
        throw new HubException($"{repo.Name} has no *.safetensors, but {Some(others)}: choose with --include, "
            + $"such as --include \"{others[0].Path}\"");
    }

    private static bool IsSafeTensors(HubFile file) => file.Path.EndsWith(".safetensors", StringComparison.Ordinal);

    private static string Some(IReadOnlyList<HubFile> files) =>
        files.Count == 0 ? "no files" : string.Join(", ", files.Take(12).Select(f => f.Path))
            + (files.Count > 12 ? $" and {files.Count - 12} more" : "");
}
