using System.Text.Json;
using System.Text.RegularExpressions;

namespace Softly.Hub;

/// <summary>A repository's files at a commit.</summary>
/// <param name="Commit">The commit, 40 hexadecimal digits.</param>
/// <param name="Files">Its files in the hub's order.</param>
public sealed partial record HubListing(string Commit, IReadOnlyList<HubFile> Files)
{
    /// <summary>Reads the hub's answer. Names are not trusted: one that leads out of the folder refuses the whole.</summary>
    /// <exception cref="HubException">It is not such an answer.</exception>
    internal static HubListing Read(HubRepo repo, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var commit = root.GetProperty("sha").GetString() ?? "";
            if (!IsCommit(commit)) throw new HubException($"the list of {repo.Name} names no commit: '{commit}'");
            var files = root.GetProperty("siblings").EnumerateArray().Select(s => File(repo, s)).ToList();
            if (files.GroupBy(f => f.Path).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new HubException($"the list of {repo.Name} has {twice.Key} twice");
            return new HubListing(commit, files);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new HubException($"the list of {repo.Name} cannot be read ({e.Message}): is HF_ENDPOINT a hub?");
        }
    }

    /// <summary>Whether a text is a commit's name.</summary>
    internal static bool IsCommit(string text) => Commits().IsMatch(text);

    private static HubFile File(HubRepo repo, JsonElement sibling)
    {
        var path = sibling.GetProperty("rfilename").GetString() ?? "";
        if (!HubFile.IsInside(path))
            throw new HubException($"{repo.Name} has a file named '{Visible(path)}', which leads out of its folder: "
                + "nothing of it is fetched");
        var isLarge = sibling.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        long? size = sibling.TryGetProperty("size", out var number) && number.ValueKind == JsonValueKind.Number
            ? number.GetInt64()
            : isLarge && lfs.TryGetProperty("size", out number) ? number.GetInt64() : null;
        if (size is { } bytes && !HubFile.IsSize(bytes))
            throw new HubException($"{repo.Name}: {path} is announced with {bytes} bytes");
        var digest = isLarge
            ? lfs.TryGetProperty("sha256", out var sha) || lfs.TryGetProperty("oid", out sha) ? sha.GetString() : null
            : sibling.TryGetProperty("blobId", out var blob) ? blob.GetString() : null;
        return new HubFile(path, size, Checksum.TryParse(digest));
    }

    private static string Visible(string path) =>
        string.Concat(path.Take(200).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex Commits();
}
