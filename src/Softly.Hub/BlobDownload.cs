using System.Net;

namespace Softly.Hub;

/// <summary>
/// One content on its way into the cache. What came before a connection broke is kept in <c>TAG.incomplete</c> and gone on from;
/// never more bytes are written than were announced; what does not give its checksum is thrown away and fetched once more.
/// </summary>
/// <param name="client">Speaks with the hub.</param>
/// <param name="repo">Whose file.</param>
/// <param name="commit">Of which commit.</param>
/// <param name="path">Which file.</param>
/// <param name="size">Its announced length in bytes.</param>
/// <param name="checksum">What its content must give; null where the hub says nothing.</param>
/// <param name="progress">Hears of bytes that are there (negative: that were thrown away).</param>
/// <param name="note">Hears of what went wrong and is tried again.</param>
/// <param name="received">Hears of bytes that came over the network.</param>
internal sealed class BlobDownload(
    HubClient client, HubRepo repo, string commit, string path, long size, Checksum? checksum, Action<long> progress,
    Action<string>? note, Action<int> received)
{
    private readonly byte[] _buffer = new byte[1 << 17];
    private long _counted;

    /// <summary>Fetches into <c>blob.incomplete</c> and moves it to <paramref name="blob"/>. The caller holds its lock.</summary>
    /// <exception cref="InvalidDataException">Twice not what was announced.</exception>
    /// <exception cref="HubUnreachable">Too many tries without progress; what came is kept.</exception>
    public async Task Run(string blob, CancellationToken cancel)
    {
        var partial = blob + ".incomplete";
        for (var isSecond = false; ; isSecond = true)
        {
            if (await Fetch(partial, cancel) is not { } wrong) break;
            Count(-_counted);
            File.Delete(partial);
            if (isSecond) throw new InvalidDataException($"{repo.Name}: {path} came wrong twice: {wrong}; what came was deleted");
            note?.Invoke($"{path}: {wrong}; deleted, and fetched once more from the start");
        }
        File.Move(partial, blob, overwrite: true);
    }

    /// <summary>Fetches what is missing; null, or what is wrong with what came.</summary>
    private async Task<string?> Fetch(string partial, CancellationToken cancel)
    {
        await using var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
        using var hash = new ContentHash(checksum?.IsGit ?? false, size);
        await Reread(file, hash, cancel);
        if (file.Length > size) return $"the part that was kept is longer than the announced {size} bytes";
        Count(file.Length);
        var mark = file.Length;
        for (var tries = 0; file.Length < size;)
            try
            {
                if (await Receive(file, hash, cancel) is { } wrong) return wrong;
            }
            catch (Interruption cause)
            {
                if (file.Length - mark >= client.Patience.Progress) (mark, tries) = (file.Length, 0);
                await client.Rest(path, cause, tries++, cancel);
            }
        file.Flush(flushToDisk: true);
        var digest = hash.Hex();
        return checksum is null || digest == checksum.Hex
            ? null : $"its {checksum.Kind} is {digest[..12]}… and not the announced {checksum.Hex[..12]}…";
    }

    /// <summary>One connection's worth of bytes; null, or what is wrong with them.</summary>
    /// <exception cref="Interruption">It ended before the file did.</exception>
    private async Task<string?> Receive(FileStream file, ContentHash hash, CancellationToken cancel)
    {
        using var response = await client.Open(repo, commit, path, file.Length, cancel);
        var host = response.RequestMessage?.RequestUri?.Host ?? "the hub";
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return $"{host} has no bytes after the first {file.Length}, of {size} announced";
        if (file.Length > 0 && response.StatusCode != HttpStatusCode.PartialContent)
        {
            note?.Invoke($"{path}: {host} cannot go on in the middle; from the start");
            Count(-_counted);
            file.SetLength(0);
            hash.Restart();
        }
        else if (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange is { } range
            && (range.From != file.Length || (range.Length is { } whole && whole != size)))
            return $"{host} sent the bytes {range} where those from {file.Length} of {size} were asked for";
        if (response.Content.Headers.ContentLength is { } coming && file.Length + coming > size)
            return $"{host} would send {file.Length + coming} bytes, of {size} announced";
        await using var stream = await client.Patiently(response.Content.ReadAsStreamAsync, host, cancel);
        while (await client.Patiently(c => stream.ReadAsync(_buffer, c).AsTask(), host, cancel) is > 0 and var count)
        {
            if (file.Length + count > size) return $"{host} sends more than the announced {size} bytes";
            hash.Add(_buffer.AsSpan(0, count));
            await file.WriteAsync(_buffer.AsMemory(0, count), CancellationToken.None); // hash and file stay in step
            Count(count);
            received(count);
        }
        return file.Length == size ? null : throw new Interruption($"{host} ended after {file.Length} of {size} bytes");
    }

    private void Count(long bytes)
    {
        _counted += bytes;
        progress(bytes);
    }

    /// <summary>What an earlier run left is part of the checksum.</summary>
    private async Task Reread(FileStream file, ContentHash hash, CancellationToken cancel)
    {
        if (file.Length > size) return;
        while (await file.ReadAsync(_buffer, cancel) is > 0 and var count) hash.Add(_buffer.AsSpan(0, count));
    }
}
