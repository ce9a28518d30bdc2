using System.Text.RegularExpressions;

namespace Softly.Hub;

/// <summary>A file of a repository, as the hub announces it.</summary>
/// <param name="Path">Its path in the repository, with slashes; checked to stay inside.</param>
/// <param name="Size">Its length in bytes; null where the list does not say it.</param>
/// <param name="Checksum">What its content must give; null where the list does not say it.</param>
public sealed record HubFile(string Path, long? Size, Checksum? Checksum)
{
    /// <summary>More than any disk holds; sums of what is below cannot leave a long's range for want of a check.</summary>
    internal const long MostBytes = 1L << 50;

    /// <summary>Whether a file can have so many bytes.</summary>
    internal static bool IsSize(long bytes) => bytes is >= 0 and <= MostBytes;

    /// <summary>Refuses files that are too much together.</summary>
    /// <param name="repo">Whose they are.</param>
    /// <param name="sizes">The length of each in bytes, up to <see cref="MostBytes"/>.</param>
    /// <exception cref="HubException">They are more than <see cref="MostBytes"/>.</exception>
    internal static void CheckTotal(HubRepo repo, IEnumerable<long> sizes)
    {
        var total = 0L;
        foreach (var size in sizes)
            if ((total += size) > MostBytes)
                throw new HubException($"{repo.Name}: its files are announced with more than {MostBytes} bytes together");
    }

    /// <summary>
    /// Whether a path names a place inside whatever folder it is put in, on every system: relative, of plain segments.
    /// </summary>
    internal static bool IsInside(string path) =>
        path.Length is > 0 and < 2048 && path.Split('/').All(segment =>
            segment.Length is > 0 and <= 255 && segment is not ("." or "..")
            && !segment.Any(c => c is '\\' or ':' || char.IsControl(c)));
}

/// <summary>How a content is recognised: SHA-256 for large files, git's blob SHA-1 for the others.</summary>
/// <param name="Hex">The digest in lower case: 64 digits, or 40 for git's.</param>
public sealed partial record Checksum(string Hex)
{
    /// <summary>Whether it is git's: SHA-1 over <c>blob SIZE\0</c> and the content.</summary>
    public bool IsGit => Hex.Length == 40;

    /// <summary>The name for people.</summary>
    internal string Kind => IsGit ? "git checksum" : "SHA-256";

    /// <summary>A digest of either kind; null for any other text.</summary>
    public static Checksum? TryParse(string? text) => text is not null && Digest().IsMatch(text) ? new Checksum(text) : null;

    [GeneratedRegex(@"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex Digest();
}
