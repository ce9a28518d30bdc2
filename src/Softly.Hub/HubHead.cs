using System.Globalization;
using System.Text.RegularExpressions;

namespace Softly.Hub;

/// <summary>What the hub says of one file before its bytes.</summary>
/// <param name="Tag">The name of its content, under which the cache keeps it; null where none was said.</param>
/// <param name="Size">Its length in bytes; null where none was said.</param>
/// <param name="Commit">The commit that the answer is of; null where none was said.</param>
internal sealed partial record HubHead(string? Tag, long? Size, string? Commit)
{
    /// <summary>
    /// From the headers. A large file's own are X-Linked-*: what stands without it is about the redirect to where it is.
    /// </summary>
    public static HubHead Of(HttpResponseMessage response)
    {
        var isRedirect = (int)response.StatusCode >= 300;
        var size = Header("X-Linked-Size") is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var linked)
            ? linked
            : isRedirect ? null : response.Content.Headers.ContentLength;
        if (size is { } bytes && !HubFile.IsSize(bytes))
            throw new HubException($"{response.RequestMessage?.RequestUri?.AbsolutePath} is announced with {bytes} bytes");
        return new HubHead(Name(Header("X-Linked-Etag") ?? Header("ETag")), size, Header("X-Repo-Commit"));

        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;
    }

    /// <summary>A tag as the name of a file, as huggingface_hub makes it: without the mark of weakness and the quotes.</summary>
    private static string? Name(string? tag)
    {
        if (tag is null) return null;
        var bare = (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');
        return Names().IsMatch(bare) ? bare : throw new HubException($"the ETag {tag} cannot be the name of a file");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex Names();
}
