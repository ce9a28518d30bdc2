using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Softly.Tests;

/// <summary>A request as it came over the wire.</summary>
internal sealed record WireRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());
}

/// <summary>An answer, sound or broken on purpose.</summary>
internal sealed record WireReply(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The length that is announced; -1 announces none.</summary>
    public long? Announced { get; init; }

    /// <summary>Bytes after which the connection is torn down.</summary>
    public int? BreaksAfter { get; init; }

    /// <summary>Waits with its body until this is set.</summary>
    public Task? Until { get; init; }
}

/// <summary>HTTP/1.1 over a plain socket of this machine: every byte and every breakage is the test's own.</summary>
internal sealed class WireServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<WireRequest, WireReply> _answer;

    public WireServer(Func<WireRequest, WireReply> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Accept();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ConcurrentQueue<WireRequest> Requests { get; } = [];

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
            try
            {
                var stream = client.GetStream();
                var head = new List<byte>();
                var one = new byte[1];
                while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
                {
                    if (await stream.ReadAsync(one) == 0) return;
                    head.Add(one[0]);
                }
                var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                var words = lines[0].Split(' ');
                var request = new WireRequest(words[0], words[1], lines[1..].Select(l => l.Split(": ", 2))
                    .ToDictionary(h => h[0].ToLowerInvariant(), h => h[1]));
                Requests.Enqueue(request);
                var reply = _answer(request);
                var text = new StringBuilder($"HTTP/1.1 {reply.Status} Said\r\nConnection: close\r\n");
                if ((reply.Announced ?? reply.Body.Length) is >= 0 and var length) text.Append($"Content-Length: {length}\r\n");
                foreach (var (name, value) in reply.Headers) text.Append($"{name}: {value}\r\n");
                await stream.WriteAsync(Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()));
                if (request.Method == "HEAD") return;
                await stream.WriteAsync(reply.Body.AsMemory(0, Math.Min(reply.Body.Length, reply.BreaksAfter ?? int.MaxValue)));
                if (reply.BreaksAfter is not null) await Task.Delay(20); // what was sent arrives before that
                if (reply.Until is not null) await reply.Until;
                if (reply.BreaksAfter is not null) client.Client.Close(0);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // the other side went away, as some tests want it
            }
    }
}

/// <summary>A hub with one repository, and another host where its large files are.</summary>
internal sealed class FakeHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly WireServer _hub, _store;

    public FakeHub(string name = "org/name")
    {
        Name = name;
        _store = new WireServer(r => Mischief?.Invoke(r) ?? Content(r, Large[Uri.UnescapeDataString(r.Path[1..])]));
        _hub = new WireServer(r => Mischief?.Invoke(r) ?? Answer(r));
    }

    public string Name { get; }
    public string Collection { get; init; } = "models";
    public string Address => _hub.Address;
    public string Store => _store.Address;

    /// <summary>Files kept in git, by path.</summary>
    public Dictionary<string, byte[]> Plain { get; } = [];

    /// <summary>Files kept elsewhere, by path.</summary>
    public Dictionary<string, byte[]> Large { get; } = [];

    /// <summary>Answers before the hub does; null leaves it to the hub.</summary>
    public Func<WireRequest, WireReply?>? Mischief { get; set; }

    public IEnumerable<WireRequest> Asked => _hub.Requests;
    public IEnumerable<WireRequest> Fetched => _store.Requests;

    /// <summary>Git's name for a content, written out: SHA-1 over "blob SIZE\0" and the bytes.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "git's own checksum")]
    public static string GitName(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>A file's bytes, from where the request wants them.</summary>
    public static WireReply Content(WireRequest request, byte[] content)
    {
        if (request.Header("Range") is not { } range) return new WireReply(200, content);
        var from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= content.Length ? new WireReply(416, []) : new WireReply(206, content[from..])
        {
            Headers = { ["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}" },
        };
    }

    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    private WireReply Answer(WireRequest request)
    {
        var place = Collection == "datasets" ? "datasets/" + Name : Name;
        if (request.Path == $"/api/{Collection}/{Name}/revision/main?blobs=true") return List();
        var file = $"/{place}/resolve/{Commit}/";
        if (!request.Path.StartsWith(file, StringComparison.Ordinal))
            return new WireReply(404, []) { Headers = { ["X-Error-Code"] = "RepoNotFound" } };
        var path = Uri.UnescapeDataString(request.Path[file.Length..]);
        if (Plain.TryGetValue(path, out var plain))
        {
            var reply = Content(request, plain);
            reply.Headers["ETag"] = $"\"{GitName(plain)}\"";
            reply.Headers["X-Repo-Commit"] = Commit;
            return reply;
        }
        return new WireReply(302, [])
        {
            Headers =
            {
                ["Location"] = $"{Store}/{Uri.EscapeDataString(path)}",
                ["X-Linked-Etag"] = $"\"{Sha256(Large[path])}\"",
                ["X-Linked-Size"] = $"{Large[path].Length}",
                ["ETag"] = "\"of-the-redirect\"",
                ["X-Repo-Commit"] = Commit,
            },
        };
    }

    private WireReply List() => new(200, JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = Name,
        sha = Commit,
        siblings = Plain.Select(f => (object)new { rfilename = f.Key, size = f.Value.Length, blobId = GitName(f.Value) })
            .Concat(Large.Select(f => (object)new
            {
                rfilename = f.Key, size = f.Value.Length, blobId = GitName([1]),
                lfs = new { sha256 = Sha256(f.Value), size = f.Value.Length, pointerSize = 130 },
            })),
    }));
}
