namespace Softly.Hub;

/// <summary>Copies of a snapshot's files in a folder of the user's: nothing there depends on the cache.</summary>
/// <param name="to">The folder; made when missing.</param>
/// <param name="force">Whether a file with another content is replaced.</param>
internal sealed class PlainCopies(string to, bool force)
{
    /// <summary>Refuses a file that is there with another content than is announced for it.</summary>
    /// <param name="file">The file, which is still to be fetched.</param>
    /// <param name="checksum">What its content will give; null where the hub does not say it: then any other file differs.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="HubException">It differs, or a folder is at its place.</exception>
    public async Task Check(HubFile file, Checksum? checksum, CancellationToken cancel)
    {
        if (!IsThere(file.Path)) return;
        await using var there = File.OpenRead(At(file.Path));
        if (checksum is null || (file.Size is { } size && size != there.Length)) throw Differs(file.Path);
        using var hash = new ContentHash(checksum.IsGit, there.Length);
        var buffer = new byte[1 << 16];
        while (await there.ReadAsync(buffer, cancel) is > 0 and var count) hash.Add(buffer.AsSpan(0, count));
        if (hash.Hex() != checksum.Hex) throw Differs(file.Path);
    }

    /// <summary>Refuses a file that is there with another content than the cache has.</summary>
    /// <param name="path">Its path in the repository.</param>
    /// <param name="cached">The cache's file.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="HubException">It differs, or a folder is at its place.</exception>
    public async Task Check(string path, string cached, CancellationToken cancel)
    {
        if (!IsThere(path)) return;
        await using FileStream there = File.OpenRead(At(path)), ours = File.OpenRead(cached);
        if (there.Length != ours.Length) throw Differs(path);
        byte[] a = new byte[1 << 16], b = new byte[1 << 16];
        while (await there.ReadAtLeastAsync(a, a.Length, throwOnEndOfStream: false, cancel) is > 0 and var count)
            if (await ours.ReadAtLeastAsync(b, count, throwOnEndOfStream: false, cancel) < count
                || !a.AsSpan(0, count).SequenceEqual(b.AsSpan(0, count))) throw Differs(path);
    }

    /// <summary>Makes the copies, each whole before it has its name.</summary>
    /// <param name="snapshot">Where the files are.</param>
    /// <param name="paths">Their paths in the repository.</param>
    /// <param name="cancel">Stops between two pieces.</param>
    /// <returns>The folder's full path.</returns>
    public async Task<string> Make(string snapshot, IReadOnlyList<string> paths, CancellationToken cancel)
    {
        foreach (var path in paths)
        {
            var target = At(path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var made = $"{target}.{Guid.NewGuid():N}";
            try
            {
                await using (var from = File.OpenRead(Path.Combine([snapshot, .. path.Split('/')])))
                await using (var into = File.Create(made))
                    await from.CopyToAsync(into, cancel);
                File.Move(made, target, overwrite: true);
            }
            finally
            {
                File.Delete(made);
            }
        }
        return Path.GetFullPath(to);
    }

    private string At(string path) => Path.Combine([to, .. path.Split('/')]);

    /// <summary>Whether there is a file that must be looked at.</summary>
    private bool IsThere(string path) =>
        Directory.Exists(At(path)) ? throw new HubException($"{At(path)} is a folder where a file of that name would go: "
            + "move it away, or give another folder") : !force && File.Exists(At(path));

    private HubException Differs(string path) => new($"{At(path)} is there with another content: "
        + "move it away, give another folder, or --force to replace it");
}
