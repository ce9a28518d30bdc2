namespace Softly.Hub;

/// <summary>
/// One repository's place in the cache, laid out as huggingface_hub lays it out, so that every program shares it:
/// <c>blobs/TAG</c> holds contents, <c>snapshots/COMMIT/PATH</c> links to them, <c>refs/REVISION</c> names a commit, and
/// <c>.locks</c> beside the repositories keeps writers apart.
/// </summary>
public sealed class HubCache
{
    private readonly string _root;

    /// <param name="cache">The cache's folder.</param>
    /// <param name="repo">Whose place.</param>
    public HubCache(string cache, HubRepo repo)
    {
        ArgumentNullException.ThrowIfNull(repo);
        _root = Path.Combine(cache, repo.CacheFolder);
        Locks = Path.Combine(cache, ".locks", repo.CacheFolder);
    }

    internal string Blobs => Path.Combine(_root, "blobs");

    internal string Locks { get; }

    /// <summary>
    /// The folder with a revision's files: a commit, or what a branch or tag was when it was fetched last. Null where the cache
    /// has none.
    /// </summary>
    public string? Find(string revision)
    {
        var commit = HubListing.IsCommit(revision) ? revision
            : IsRevision(revision) && File.Exists(Ref(revision)) ? File.ReadAllText(Ref(revision)).Trim() : null;
        return commit is not null && HubListing.IsCommit(commit) && Directory.Exists(Snapshot(commit)) ? Snapshot(commit) : null;
    }

    /// <summary>Whether a text can name a revision, and so a file below <c>refs</c>.</summary>
    internal static bool IsRevision(string text) => HubFile.IsInside(text) && !text.EndsWith(".lock", StringComparison.Ordinal);

    internal string Snapshot(string commit) => Path.Combine(_root, "snapshots", commit);

    internal string Blob(string tag) => Path.Combine(Blobs, tag);

    /// <summary>Where a file of a snapshot is.</summary>
    internal string At(string commit, string path) => Path.Combine([Snapshot(commit), .. path.Split('/')]);

    /// <summary>Whether a snapshot has a file whole: its length is all that is looked at.</summary>
    internal bool Has(string commit, HubFile file)
    {
        var target = new FileInfo(At(commit, file.Path));
        if (target.LinkTarget is not null) target = target.ResolveLinkTarget(true) as FileInfo ?? target;
        return target.Exists && target.LinkTarget is null && (file.Size is not { } size || target.Length == size);
    }

    /// <summary>Lets a file of a snapshot be a blob: a relative link, or a copy where the system allows no links.</summary>
    internal void Link(string commit, string path, string tag)
    {
        var at = At(commit, path);
        Directory.CreateDirectory(Path.GetDirectoryName(at)!);
        var made = $"{at}.{Guid.NewGuid():N}"; // made aside and moved over: nobody sees the path without its file
        try
        {
            File.CreateSymbolicLink(made, Path.GetRelativePath(Path.GetDirectoryName(at)!, Blob(tag)));
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            File.Copy(Blob(tag), made); // Windows keeps links for developers; huggingface_hub does the same there
        }
        File.Move(made, at, overwrite: true);
    }

    /// <summary>Remembers what a branch or tag is.</summary>
    internal void Remember(string revision, string commit)
    {
        if (revision == commit) return;
        Directory.CreateDirectory(Path.GetDirectoryName(Ref(revision))!);
        var made = $"{Ref(revision)}.{Guid.NewGuid():N}";
        File.WriteAllText(made, commit);
        File.Move(made, Ref(revision), overwrite: true);
    }

    private string Ref(string revision) => Path.Combine([_root, "refs", .. revision.Split('/')]);
}
