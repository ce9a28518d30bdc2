namespace Softly.Hub;

/// <summary>What is to be fetched.</summary>
/// <param name="Repo">From where.</param>
public sealed record PullRequest(HubRepo Repo)
{
    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Which files.</summary>
    public FileChoice Files { get; init; } = FileChoice.Usual;

    /// <summary>A folder that gets copies as well; null for none.</summary>
    public string? To { get; init; }

    /// <summary>Whether files of that folder with another content are replaced; else one of them refuses the whole.</summary>
    public bool Force { get; init; }
}

/// <summary>Where a pull stands.</summary>
/// <param name="Bytes">Bytes that are there, those of earlier runs among them.</param>
/// <param name="Total">Bytes that are wanted.</param>
/// <param name="Files">Files that are whole.</param>
/// <param name="FileCount">Files that are wanted.</param>
public readonly record struct PullProgress(long Bytes, long Total, int Files, int FileCount);

/// <summary>What a pull gave.</summary>
/// <param name="Folder">The snapshot's folder, or the folder that was asked for.</param>
/// <param name="Commit">The commit that the revision is; null offline, where nobody was asked.</param>
/// <param name="Files">The wanted files' paths; those in the folder, offline.</param>
/// <param name="Bytes">Bytes of all of them.</param>
/// <param name="Received">Bytes that came over the network now.</param>
public sealed record PullResult(string Folder, string? Commit, IReadOnlyList<string> Files, long Bytes, long Received);

/// <summary>
/// Fetches a revision of a repository into the cache: list, choose, room on the disk, contents, links. Whatever stops it, what
/// came so far is whole and kept, and the next run goes on from there; <c>refs/REVISION</c> moves last.
/// </summary>
public sealed class HubPull
{
    /// <summary>Small files cost a round trip each; a few at once hide it.</summary>
    private const int AtOnce = 4;

    /// <summary>Left free on the disk beside what is fetched.</summary>
    private const long Margin = 64 << 20;

    private readonly HubClient _client;
    private readonly Action<PullProgress>? _progress;
    private readonly Action<string>? _note;
    private readonly Func<string, long> _freeSpace;
    private readonly Lock _lock = new();
    private PullProgress _state;
    private long _received;

    /// <param name="client">Speaks with the hub.</param>
    /// <param name="progress">Hears where it stands; called from several threads, one at a time.</param>
    /// <param name="note">Hears of what went wrong and is tried again.</param>
    /// <param name="freeSpace">Bytes free at a folder; the system is asked where null.</param>
    public HubPull(
        HubClient client, Action<PullProgress>? progress = null, Action<string>? note = null,
        Func<string, long>? freeSpace = null)
    {
        _client = client;
        _progress = progress;
        _note = note;
        _freeSpace = freeSpace ?? (folder => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace);
    }

    /// <summary>Fetches what is missing.</summary>
    /// <exception cref="HubException">
    /// What was asked for cannot be had, or would replace another file in <see cref="PullRequest.To"/>; the sentence says why.
    /// </exception>
    /// <exception cref="HubUnreachable">The hub does not answer.</exception>
    /// <exception cref="InvalidDataException">A file came wrong twice.</exception>
    /// <exception cref="IOException">The disk has no room.</exception>
    public async Task<PullResult> Run(PullRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!HubCache.IsRevision(request.Revision))
            throw new HubException($"'{request.Revision}' is no revision: expected a branch, a tag or a commit, such as main");
        var cache = new HubCache(_client.Settings.Cache, request.Repo);
        if (_client.Settings.IsOffline) return await FromCache(cache, request, cancel);

        var listing = await _client.List(request.Repo, request.Revision, cancel);
        var wanted = request.Files.Of(request.Repo, listing);
        var missing = wanted.Where(f => !cache.Has(listing.Commit, f)).ToList();
        var heads = new HubHead[missing.Count];
        await Each(missing.Count, async (i, c) => heads[i] = await Head(request.Repo, listing.Commit, missing[i], c), cancel);
        var sizes = missing.Select((f, i) => f.Size ?? heads[i].Size
            ?? throw new HubException($"{request.Repo.Name}: the hub does not say how long {f.Path} is")).ToList();
        var copies = request.To is { } to ? new PlainCopies(to, request.Force) : null;
        if (copies is not null)
        {
            var announced = missing.Zip(heads).ToDictionary(x => x.First, x => Checksum.TryParse(x.Second.Tag));
            foreach (var file in wanted)
                if (announced.TryGetValue(file, out var tag)) await copies.Check(file, file.Checksum ?? tag, cancel);
                else await copies.Check(file.Path, cache.At(listing.Commit, file.Path), cancel);
        }
        var present = wanted.Except(missing).Sum(f => new FileInfo(cache.At(listing.Commit, f.Path)) is var at
            ? (at.ResolveLinkTarget(true) as FileInfo ?? at).Length : 0);
        HubFile.CheckTotal(request.Repo, sizes);
        CheckRoom(cache, request, heads, sizes, present);

        _state = new PullProgress(present, present + sizes.Sum(), wanted.Count - missing.Count, wanted.Count);
        _progress?.Invoke(_state);
        await Each(missing.Count, async (i, c) =>
        {
            await Fetch(cache, request.Repo, listing.Commit, missing[i], heads[i].Tag!, sizes[i], c);
            cache.Link(listing.Commit, missing[i].Path, heads[i].Tag!);
            Advance(0, 1);
        }, cancel);
        Directory.CreateDirectory(cache.Snapshot(listing.Commit));
        cache.Remember(request.Revision, listing.Commit);
        var paths = wanted.Select(f => f.Path).ToList();
        var folder = cache.Snapshot(listing.Commit);
        if (copies is not null) folder = await copies.Make(folder, paths, cancel);
        return new PullResult(folder, listing.Commit, paths, _state.Total, _received);
    }

    private static async Task<PullResult> FromCache(HubCache cache, PullRequest request, CancellationToken cancel)
    {
        var folder = cache.Find(request.Revision) ?? throw new HubException(
            $"HF_HUB_OFFLINE is set and the cache has no {request.Repo.Name} at {request.Revision}: unset it to fetch it");
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal).ToList();
        var bytes = files.Sum(f => new FileInfo(Path.Combine(folder, f)) is var at
            ? (at.ResolveLinkTarget(true) as FileInfo ?? at).Length : 0);
        if (request.To is not { } to) return new PullResult(folder, null, files, bytes, 0);
        var copies = new PlainCopies(to, request.Force);
        foreach (var file in files) await copies.Check(file, Path.Combine(folder, file), cancel);
        return new PullResult(await copies.Make(folder, files, cancel), null, files, bytes, 0);
    }

    /// <summary>What the hub says of a file, which must agree with its list.</summary>
    private async Task<HubHead> Head(HubRepo repo, string commit, HubFile file, CancellationToken cancel)
    {
        var head = await _client.Head(repo, commit, file.Path, cancel);
        if (head.Commit is { } other && other != commit)
            throw new HubException($"{repo.Name}: {file.Path} is answered from commit {other} where {commit} was asked for");
        if (file.Size is { } size && head.Size is { } said && size != said)
            throw new HubException($"{repo.Name}: the list gives {file.Path} {size} bytes, its own answer {said}");
        if (head.Tag is null && file.Checksum is null)
            throw new HubException($"{repo.Name}: the hub names no content for {file.Path} (no ETag)");
        var tag = Checksum.TryParse(head.Tag);
        if (tag is not null && file.Checksum is { } sum && tag != sum && tag.IsGit == sum.IsGit)
            throw new HubException($"{repo.Name}: the list gives {file.Path} the {sum.Kind} {sum.Hex}, its own answer {tag.Hex}");
        return head with { Tag = head.Tag ?? file.Checksum!.Hex };
    }

    private async Task Fetch(
        HubCache cache, HubRepo repo, string commit, HubFile file, string tag, long size, CancellationToken cancel)
    {
        Directory.CreateDirectory(cache.Blobs);
        using var held = await FileLock.Take(
            Path.Combine(cache.Locks, tag + ".lock"), () => _note?.Invoke($"{file.Path}: waiting for another process"), cancel);
        if (new FileInfo(cache.Blob(tag)) is { Exists: true } there && there.Length == size)
        {
            Advance(size, 0);
            return;
        }
        var checksum = file.Checksum ?? Checksum.TryParse(tag);
        if (checksum is null) _note?.Invoke($"{file.Path}: the hub names no checksum for it; its length alone is checked");
        await new BlobDownload(_client, repo, commit, file.Path, size, checksum, b => Advance(b, 0), _note, Received)
            .Run(cache.Blob(tag), cancel);
    }

    private void CheckRoom(HubCache cache, PullRequest request, HubHead[] heads, List<long> sizes, long present)
    {
        Directory.CreateDirectory(cache.Blobs);
        var need = heads.Select((h, i) => (h.Tag, Size: sizes[i])).DistinctBy(b => b.Tag).Sum(b =>
            File.Exists(cache.Blob(b.Tag!)) ? 0 : new FileInfo(cache.Blob(b.Tag!) + ".incomplete") is { Exists: true } part
                ? Math.Max(0, b.Size - part.Length) : b.Size);
        Check(cache.Blobs, need);
        if (request.To is not { } to) return;
        Directory.CreateDirectory(to);
        Check(to, sizes.Sum() + present + need); // on the same disk where in doubt

        void Check(string folder, long bytes)
        {
            var free = _freeSpace(folder);
            if (bytes > 0 && bytes > free - Margin)
                throw new IOException($"{folder}: {bytes:N0} bytes are needed and {free:N0} are free; free some, "
                    + "or set HF_HOME to a folder on a larger disk");
        }
    }

    private static Task Each(int count, Func<int, CancellationToken, Task> work, CancellationToken cancel) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel },
            async (i, c) => await work(i, c));

    private void Received(int bytes) => Interlocked.Add(ref _received, bytes);

    private void Advance(long bytes, int files)
    {
        lock (_lock)
        {
            _state = _state with { Bytes = _state.Bytes + bytes, Files = _state.Files + files };
            _progress?.Invoke(_state);
        }
    }
}
