using System.Text;
using System.Text.Json;
using Softly.Hub;

namespace Softly.Tests.Hub;

/// <summary>Against a server of this machine that speaks the hub's protocol, soundly or not.</summary>
public sealed class PullTests : IDisposable
{
    private static readonly byte[] Weights = Bytes(300_000, 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("softly-hub-").FullName;
    private readonly FakeHub _hub = new()
    {
        Plain = { ["config.json"] = "{\"a\": 1}"u8.ToArray(), ["sub/tokens.txt"] = [], [".gitattributes"] = [65] },
        Large = { ["model.safetensors"] = Weights },
    };
    private readonly List<string> _notes = [];

    public void Dispose()
    {
        _hub.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Snapshot => Path.Combine("models--org--name", "snapshots", FakeHub.Commit);
    private string Blob(byte[] content) => Path.Combine(_folder, "models--org--name", "blobs", FakeHub.Sha256(content));

    [Fact]
    public async Task The_cache_is_laid_out_as_huggingface_hub_does_it()
    {
        var result = await Pull();
        Assert.Equal(Path.Combine(_folder, Snapshot), result.Folder);
        Assert.Equal(FakeHub.Commit, result.Commit);
        Assert.Equal(
            [
                $".locks/models--org--name/{FakeHub.GitName(_hub.Plain["config.json"])}.lock",
                $".locks/models--org--name/{FakeHub.GitName([])}.lock",
                $".locks/models--org--name/{FakeHub.Sha256(Weights)}.lock",
                $"models--org--name/blobs/{FakeHub.GitName(_hub.Plain["config.json"])}",
                $"models--org--name/blobs/{FakeHub.GitName([])}",
                $"models--org--name/blobs/{FakeHub.Sha256(Weights)}",
                "models--org--name/refs/main",
                $"models--org--name/snapshots/{FakeHub.Commit}/config.json",
                $"models--org--name/snapshots/{FakeHub.Commit}/model.safetensors",
                $"models--org--name/snapshots/{FakeHub.Commit}/sub/tokens.txt",
            ],
            Files().OrderBy(f => f.StartsWith(".locks", StringComparison.Ordinal) ? 0 : 1).ThenBy(Order).ThenBy(f => f.Length));
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(_folder, "models--org--name/refs/main")));
        Assert.Equal(
            $"../../../blobs/{FakeHub.GitName([])}", new FileInfo(Path.Combine(result.Folder, "sub/tokens.txt")).LinkTarget);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));

        static string Order(string file) => file.Contains("blobs", StringComparison.Ordinal) || file.StartsWith('.') ? "" : file;
    }

    [Fact]
    public async Task A_second_pull_asks_for_the_list_alone()
    {
        await Pull();
        var before = _hub.Asked.Count() + _hub.Fetched.Count();
        var result = await Pull();
        Assert.Equal(before + 1, _hub.Asked.Count() + _hub.Fetched.Count());
        Assert.Equal(0, result.Received);
        Assert.Equal(300_000 + 8, result.Bytes);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_to_the_host_it_redirects_to()
    {
        await Pull(token: "hf_secret");
        Assert.All(_hub.Asked, r => Assert.Equal("Bearer hf_secret", r.Header("Authorization")));
        Assert.NotEmpty(_hub.Fetched);
        Assert.All(_hub.Fetched, r => Assert.Null(r.Header("Authorization")));
    }

    /// <summary>A way from the hub to elsewhere and back again: what elsewhere says is not trusted with the token.</summary>
    [Fact]
    public async Task A_redirect_back_to_the_hub_does_not_bring_the_token_back()
    {
        _hub.Mischief = r => r.Path == "/model.safetensors"
            ? new WireReply(302, []) { Headers = { ["Location"] = $"{_hub.Address}/elsewhere" } }
            : r.Path == "/elsewhere" ? FakeHub.Content(r, Weights) : null;
        await Pull(token: "hf_secret");
        Assert.Null(Assert.Single(_hub.Asked, r => r.Path == "/elsewhere").Header("Authorization"));
    }

    [Fact]
    public async Task A_renamed_repository_is_followed_within_the_hub()
    {
        _hub.Mischief = r => r.Path.StartsWith("/api/models/org/old", StringComparison.Ordinal)
            ? new WireReply(307, []) { Headers = { ["Location"] = r.Path.Replace("old", "name") } }
            : r.Path.StartsWith("/org/old/", StringComparison.Ordinal)
                ? new WireReply(307, []) { Headers = { ["Location"] = r.Path.Replace("old", "name") } } : null;
        var result = await Pull(new PullRequest(HubRepo.Parse("org/old")));
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_connection_that_breaks_anywhere_is_gone_on_from_where_it_broke(int seed)
    {
        var random = new Random(seed);
        _hub.Mischief = r => r.Path == "/model.safetensors" && r.Method == "GET"
            ? FakeHub.Content(r, Weights) with { BreaksAfter = random.Next(1, 120_000) } : null;
        var result = await Pull(patience: Quick with { Progress = 1 });
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));
        var ranges = _hub.Fetched.Select(r => r.Header("Range")).ToList();
        Assert.True(ranges.Count > 2, "it never broke");
        Assert.Null(ranges[0]);
        Assert.All(ranges[1..], Assert.NotNull);
        Assert.Equal(Weights.Length + 8, result.Received); // not one byte came twice
    }

    [Fact]
    public async Task Tries_without_progress_come_to_an_end_and_what_came_is_kept()
    {
        var broken = true;
        _hub.Mischief = r => broken && r.Path == "/model.safetensors"
            ? FakeHub.Content(r, Weights) with { BreaksAfter = r.Header("Range") is null ? 1000 : 0 } : null;
        var error = await Assert.ThrowsAsync<HubUnreachable>(() => Pull(patience: Quick with { Retries = 3 }));
        Assert.Contains("model.safetensors: given up after 4 tries", error.Message);
        Assert.Equal(4, _hub.Fetched.Count());
        Assert.Equal(Weights[..1000], await File.ReadAllBytesAsync(Blob(Weights) + ".incomplete"));
        Assert.False(File.Exists(Path.Combine(_folder, "models--org--name/refs/main")));

        broken = false;
        var result = await Pull();
        Assert.Equal("bytes=1000-", _hub.Fetched.Last().Header("Range"));
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));
        Assert.False(File.Exists(Blob(Weights) + ".incomplete"));
    }

    [Fact]
    public async Task A_server_that_only_knows_whole_files_is_read_from_the_start()
    {
        var first = true;
        _hub.Mischief = r =>
        {
            if (r.Path != "/model.safetensors") return null;
            var reply = new WireReply(200, Weights) { BreaksAfter = first ? 70_000 : null };
            first = false;
            return reply;
        };
        var result = await Pull();
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));
        Assert.Contains(_notes, n => n.Contains("cannot go on in the middle", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model.safetensors", "SHA-256")]
    [InlineData("config.json", "git checksum")]
    public async Task A_wrong_checksum_is_fetched_once_more_and_then_an_error(string path, string kind)
    {
        var right = path == "config.json" ? _hub.Plain[path] : Weights;
        var wrong = (byte[])right.Clone();
        wrong[^1] ^= 1;
        var asked = 0;
        var last = 2;
        _hub.Mischief = r => r.Method == "GET" && r.Path.EndsWith(path, StringComparison.Ordinal)
            && !(r.Path.StartsWith("/org/", StringComparison.Ordinal) && path == "model.safetensors")
                ? FakeHub.Content(r, asked++ < last ? wrong : right) : null;
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Pull());
        Assert.Contains($"org/name: {path} came wrong twice: its {kind} is", error.Message);
        var name = kind == "SHA-256" ? FakeHub.Sha256(right) : FakeHub.GitName(right); // others may be on their way
        Assert.DoesNotContain(Files(), f => f.Contains($"blobs/{name}") || f.Contains("refs/"));
        Assert.Equal(2, asked);

        (asked, last) = (0, 1);
        Assert.Equal(right, await File.ReadAllBytesAsync(Path.Combine((await Pull()).Folder, path)));
        Assert.Contains(_notes, n => n.Contains("fetched once more", StringComparison.Ordinal));
    }

    /// <summary>An earlier run's part that belongs to something else is found out by the checksum.</summary>
    [Fact]
    public async Task A_part_of_other_bytes_is_thrown_away()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob(Weights))!);
        await File.WriteAllBytesAsync(Blob(Weights) + ".incomplete", new byte[1234]);
        var result = await Pull();
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Not_one_byte_more_than_announced_is_written(bool isSaid)
    {
        var longer = Bytes(900_000, 1);
        _hub.Mischief = r => r.Path == "/model.safetensors"
            ? new WireReply(200, longer) { Announced = isSaid ? null : -1 } : null;
        var most = 0L;
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Pull(progress: p => most = Math.Max(most, p.Bytes)));
        Assert.Contains(isSaid ? "would send 900000 bytes, of 300000 announced" : "more than the announced 3", error.Message);
        Assert.True(most <= 300_008, $"{most}");
        Assert.False(File.Exists(Blob(Weights) + ".incomplete"));
    }

    [Fact]
    public async Task A_file_that_ends_too_early_is_an_error_that_says_where()
    {
        _hub.Mischief = r => r.Path == "/model.safetensors" ? FakeHub.Content(r, Weights[..200_000]) : null;
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Pull());
        Assert.Contains("no bytes after the first 200000, of 300000 announced", error.Message);
    }

    [Fact]
    public async Task Sizes_that_disagree_are_refused_before_anything_is_fetched()
    {
        _hub.Mischief = r => r.Method == "HEAD" && r.Path.EndsWith("config.json", StringComparison.Ordinal)
            ? new WireReply(200, []) { Announced = 1 << 30, Headers = { ["ETag"] = "\"abc\"" } } : null;
        var error = await Assert.ThrowsAsync<HubException>(() => Pull());
        Assert.Contains("the list gives config.json 8 bytes, its own answer 1073741824", error.Message);
        Assert.Empty(_hub.Fetched);
    }

    [Theory]
    [InlineData(401, "GatedRepo", "org/name is gated: accept its licence at HUB/org/name, then set HF_TOKEN")]
    [InlineData(403, "GatedRepo", "org/name is gated: accept its licence")]
    [InlineData(403, "", "a stranger may not read it (403)")]
    [InlineData(401, "RepoNotFound", "no such model at HUB/, or it is private (401): check the spelling, or set HF_TOKEN")]
    [InlineData(404, "RepoNotFound", "org/name: there is no such model at HUB/: check the spelling")]
    [InlineData(404, "RevisionNotFound", "org/name has no revision 'main'")]
    [InlineData(418, "", "answered 418")]
    public async Task A_refusal_is_one_sentence_with_the_remedy(int status, string code, string expected)
    {
        _hub.Mischief = r => r.Path.StartsWith("/api/models/", StringComparison.Ordinal)
            ? new WireReply(status, []) { Headers = { ["X-Error-Code"] = code } } : null;
        var error = await Assert.ThrowsAsync<HubException>(() => Pull());
        Assert.Contains(expected.Replace("HUB", _hub.Address), error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_is_named_by_where_it_is_from()
    {
        _hub.Mischief = _ => new WireReply(401, []);
        var error = await Assert.ThrowsAsync<HubException>(() => Pull(token: "hf_old"));
        Assert.Contains("or the test does not open it (401)", error.Message);
        Assert.DoesNotContain("hf_old", error.Message);
    }

    [Fact]
    public async Task A_data_set_asked_for_as_a_model_is_told_apart()
    {
        using var hub = new FakeHub("org/sums") { Collection = "datasets", Plain = { ["a.jsonl"] = [1] } };
        var settings = new HubSettings { Endpoint = new Uri(hub.Address), Cache = _folder };
        using var client = new HubClient(settings, Quick);
        var error = await Assert.ThrowsAsync<HubException>(
            () => new HubPull(client).Run(new PullRequest(HubRepo.Parse("org/sums"))));
        Assert.Contains("(there is a data set of that name: --repo-type dataset)", error.Message);
        var result = await new HubPull(client).Run(new PullRequest(HubRepo.Parse("datasets/org/sums")));
        Assert.Equal(Path.Combine(_folder, "datasets--org--sums", "snapshots", FakeHub.Commit), result.Folder);
    }

    [Fact]
    public async Task Too_many_requests_wait_as_long_as_the_server_asks()
    {
        var refused = 0;
        _hub.Mischief = r => refused++ < 2 ? new WireReply(429, []) { Headers = { ["Retry-After"] = "1" } } : null;
        var begun = DateTime.UtcNow;
        await Pull();
        Assert.True(DateTime.UtcNow - begun >= TimeSpan.FromSeconds(1.9));
        Assert.Equal(2, _notes.Count(n => n.EndsWith("(429); next try in 1 s", StringComparison.Ordinal)));

        _hub.Mischief = _ => new WireReply(429, []) { Headers = { ["Retry-After"] = "7200" } };
        var error = await Assert.ThrowsAsync<HubUnreachable>(() => Pull());
        Assert.Contains("come back in 120 min", error.Message);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_not_waited_for_forever()
    {
        var never = new TaskCompletionSource();
        _hub.Mischief = r => r.Path == "/model.safetensors"
            ? FakeHub.Content(r, Weights) with { Until = never.Task, BreaksAfter = 10 } : null;
        var error = await Assert.ThrowsAsync<HubUnreachable>(
            () => Pull(patience: Quick with { Silence = TimeSpan.FromSeconds(0.3), Retries = 1, Progress = 1 << 30 }));
        Assert.Contains("said nothing for 0.3 s", error.Message);
        never.SetResult();
    }

    [Theory]
    [InlineData("../outside.json")]
    [InlineData("a/../../outside.json")]
    [InlineData("/etc/outside.json")]
    [InlineData("a//b.json")]
    [InlineData("a\\..\\b.json")]
    [InlineData("C:b.json")]
    [InlineData(".")]
    [InlineData("a\u0000.json")]
    [InlineData("")]
    public async Task A_name_that_leads_out_of_the_folder_refuses_the_whole(string name)
    {
        _hub.Plain[name] = [1];
        var error = await Assert.ThrowsAsync<HubException>(() => Pull());
        Assert.Contains("leads out of its folder", error.Message);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Names_of_any_script_come_through()
    {
        string[] names = ["données/été 1.json", "模型/配置#1.json", "𝒳?%20&+.json", "naïve..json"];
        foreach (var name in names) _hub.Plain[name] = Encoding.UTF8.GetBytes(name);
        var result = await Pull();
        foreach (var name in names) Assert.Equal(name, File.ReadAllText(Path.Combine(result.Folder, name)));
    }

    [Fact]
    public async Task Offline_the_cache_answers_and_nobody_is_asked()
    {
        var nothing = await Assert.ThrowsAsync<HubException>(() => Pull(offline: true));
        Assert.Contains("the cache has no org/name at main", nothing.Message);
        Assert.Empty(_hub.Asked);
        var folder = (await Pull()).Folder;
        var before = _hub.Asked.Count();
        var result = await Pull(offline: true);
        Assert.Equal(folder, result.Folder);
        Assert.Equal(["config.json", "model.safetensors", "sub/tokens.txt"], result.Files);
        Assert.Equal(before, _hub.Asked.Count());
        Assert.Equal(folder, new HubCache(_folder, HubRepo.Parse("org/name")).Find(FakeHub.Commit));
    }

    [Fact]
    public async Task A_pull_that_is_stopped_keeps_what_came_and_the_next_goes_on()
    {
        var never = new TaskCompletionSource();
        _hub.Mischief = r => r.Path == "/model.safetensors" && r.Header("Range") is null
            ? new WireReply(200, Weights[..100_000]) { Announced = Weights.Length, Until = never.Task } : null;
        using var stop = new CancellationTokenSource();
        var pull = Pull(cancel: stop.Token, progress: p =>
        {
            if (p.Bytes >= 100_008) stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        never.SetResult();
        Assert.Equal(Weights[..100_000], await File.ReadAllBytesAsync(Blob(Weights) + ".incomplete"));
        var result = await Pull();
        Assert.Equal("bytes=100000-", _hub.Fetched.Last().Header("Range"));
        Assert.Equal(200_000, result.Received);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(result.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task Pulls_at_the_same_time_fetch_every_file_once()
    {
        for (var i = 0; i < 10; i++) _hub.Large[$"model-{i}.safetensors"] = Bytes(200_000, i);
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Pull())));
        Assert.Single(results.Select(r => r.Folder).Distinct());
        Assert.Equal(11, _hub.Fetched.Count());
        Assert.Equal(8 + 300_000 + 10 * 200_000, results.Sum(r => r.Received));
        foreach (var (name, content) in _hub.Large)
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(results[0].Folder, name)));
    }

    [Fact]
    public async Task A_full_disk_is_found_before_anything_is_fetched()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => Pull(freeSpace: _ => 300_000));
        Assert.Contains("300,008 bytes are needed and 300,000 are free", error.Message);
        Assert.Empty(_hub.Fetched);
    }

    [Fact]
    public async Task Copies_go_to_a_folder_that_is_asked_for()
    {
        var to = Path.Combine(_folder, "copy");
        var result = await Pull(new PullRequest(HubRepo.Parse("org/name")) { To = to });
        Assert.Equal(to, result.Folder);
        Assert.Null(new FileInfo(Path.Combine(to, "model.safetensors")).LinkTarget);
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(to, "model.safetensors")));
        Assert.Equal(["config.json", "model.safetensors", "sub/tokens.txt"],
            Directory.GetFiles(to, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(to, f)).Order());
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("sub/tokens.txt")]
    public async Task A_file_with_another_content_is_not_overwritten_and_nothing_is_fetched(string name)
    {
        var to = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(Path.Combine(to, "sub"));
        File.WriteAllBytes(Path.Combine(to, "config.json"), _hub.Plain["config.json"]);
        File.WriteAllBytes(Path.Combine(to, "model.safetensors"), Weights);
        var mine = name == "config.json" ? "{\"a\": 2}"u8.ToArray() : "mine"u8.ToArray();
        File.WriteAllBytes(Path.Combine(to, name), mine);
        var request = new PullRequest(HubRepo.Parse("org/name")) { To = to };
        var error = await Assert.ThrowsAsync<HubException>(() => Pull(request));
        Assert.Equal(
            $"{Path.Combine(to, name)} is there with another content: "
            + "move it away, give another folder, or --force to replace it", error.Message);
        Assert.Empty(_hub.Fetched);
        // From the cache it is no other.
        await Pull();
        foreach (var offline in new[] { false, true })
            Assert.Contains(
                "another content", (await Assert.ThrowsAsync<HubException>(() => Pull(request, offline: offline))).Message);
        Assert.Equal(mine, await File.ReadAllBytesAsync(Path.Combine(to, name)));
        await Pull(request with { Force = true });
        foreach (var (path, content) in _hub.Plain.Concat(_hub.Large).Where(f => f.Key != ".gitattributes"))
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(to, path)));
        await Pull(request); // the same content is no other
    }

    [Fact]
    public async Task A_folder_at_the_place_of_a_file_is_named()
    {
        var to = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(Path.Combine(to, "config.json"));
        var request = new PullRequest(HubRepo.Parse("org/name")) { To = to, Force = true };
        Assert.Contains("config.json is a folder", (await Assert.ThrowsAsync<HubException>(() => Pull(request))).Message);
        Assert.Empty(_hub.Fetched);
    }

    [Fact]
    public async Task Lengths_that_no_disk_holds_are_refused()
    {
        Announce((1L << 50) + 1);
        Assert.Contains(
            "file-0.json is announced with 1125899906842625 bytes", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);
        Announce([.. Enumerable.Repeat(1L << 49, 3)]);
        Assert.Contains(
            "more than 1125899906842624 bytes together", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);
        // Without a length in the list its own answer says it.
        _hub.Mischief = r => r.Method == "HEAD" && r.Path.EndsWith("model.safetensors", StringComparison.Ordinal)
            ? new WireReply(302, [])
            {
                Headers =
                {
                    ["Location"] = _hub.Store, ["X-Linked-Etag"] = $"\"{FakeHub.Sha256(Weights)}\"",
                    ["X-Linked-Size"] = $"{long.MaxValue}",
                },
            } : null;
        Assert.Contains(
            $"announced with {long.MaxValue} bytes", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);

        void Announce(params long[] sizes) => _hub.Mischief = r => r.Path.StartsWith("/api/", StringComparison.Ordinal)
            ? new WireReply(200, JsonSerializer.SerializeToUtf8Bytes(new
            {
                sha = FakeHub.Commit, siblings = sizes.Select((size, i) => new { rfilename = $"file-{i}.json", size }),
            }))
            : r.Method == "HEAD" ? new WireReply(200, []) { Announced = -1, Headers = { ["ETag"] = $"\"{FakeHub.GitName([1])}\"" } }
            : null;
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        var seen = new List<PullProgress>();
        await Pull(progress: seen.Add);
        Assert.Equal(new PullProgress(300_008, 300_008, 3, 3), seen[^1]);
        Assert.Equal(seen.Select(p => p.Bytes).Order(), seen.Select(p => p.Bytes));
    }

    [Fact]
    public async Task What_is_no_hub_is_said()
    {
        _hub.Mischief = _ => new WireReply(200, "<html>"u8.ToArray());
        Assert.Contains("is HF_ENDPOINT a hub?", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);
        _hub.Mischief = _ => new WireReply(200, JsonSerializer.SerializeToUtf8Bytes(new { sha = "../..", siblings = (int[])[] }));
        Assert.Contains("names no commit", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);
        _hub.Mischief = _ => new WireReply(302, []) { Headers = { ["Location"] = "/again" } };
        Assert.Contains("8 redirects", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);
        _hub.Mischief = r => r.Method == "HEAD"
            ? new WireReply(200, []) { Announced = 8, Headers = { ["ETag"] = "\"../../x\"" } } : null;
        Assert.Contains("cannot be the name of a file", (await Assert.ThrowsAsync<HubException>(() => Pull())).Message);
    }

    private static Patience Quick => new() { FirstWait = TimeSpan.FromMilliseconds(1) };

    private async Task<PullResult> Pull(
        PullRequest? request = null, string? token = null, Patience? patience = null, Action<PullProgress>? progress = null,
        bool offline = false, Func<string, long>? freeSpace = null, CancellationToken cancel = default)
    {
        var settings = new HubSettings { Endpoint = new Uri(_hub.Address), Cache = _folder, IsOffline = offline }
            .WithToken(token, "the test");
        using var client = new HubClient(settings, patience ?? Quick, Note);
        return await new HubPull(client, progress, Note, freeSpace)
            .Run(request ?? new PullRequest(HubRepo.Parse("org/name")), cancel);
    }

    private void Note(string text)
    {
        lock (_notes) _notes.Add(text);
    }

    private List<string> Files() =>
        [.. Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder, f))];

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
