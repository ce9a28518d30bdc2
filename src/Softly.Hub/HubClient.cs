using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Softly.Hub;

/// <summary>
/// The hub's protocol: what is in a repository, what a file is, its bytes from some place on. Redirects are followed here and
/// not by the handler, for the token goes to the hub alone. Broken connections are tried again with growing waits.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int MostRedirects = 8;
    private const int LargestList = 64 << 20;

    private readonly HttpClient _http;
    private readonly Patience _patience;
    private readonly Action<string>? _note;

    /// <param name="settings">Which hub and in whose name.</param>
    /// <param name="patience">With connections; the default where null.</param>
    /// <param name="note">Hears of every new try.</param>
    public HubClient(HubSettings settings, Patience? patience = null, Action<string>? note = null)
    {
        Settings = settings;
        _patience = patience ?? new Patience();
        _note = note;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = _patience.Silence,
            AutomaticDecompression = DecompressionMethods.None, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("softly");
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity"); // lengths are of the bytes that are written
    }

    /// <summary>Which hub and in whose name.</summary>
    public HubSettings Settings { get; }

    internal Patience Patience => _patience;

    /// <summary>The repository's state at a revision.</summary>
    /// <exception cref="HubException">There is no such thing, or it may not be had.</exception>
    /// <exception cref="HubUnreachable">The hub does not answer.</exception>
    public Task<HubListing> List(HubRepo repo, string revision, CancellationToken cancel = default) =>
        Persist($"the list of {repo.Address}", async () =>
        {
            using var response = await Send(
                HttpMethod.Get, ListAddress(repo, revision), 0, followsAway: true, cancel);
            if (!response.IsSuccessStatusCode) throw await Refusal(response, repo, revision, null, cancel);
            return HubListing.Read(repo, await Body(response, LargestList, cancel));
        }, cancel);

    /// <summary>What the hub says of one file of a commit, without its bytes.</summary>
    /// <exception cref="HubException">There is no such thing, or it may not be had.</exception>
    /// <exception cref="HubUnreachable">The hub does not answer.</exception>
    internal Task<HubHead> Head(HubRepo repo, string commit, string path, CancellationToken cancel) =>
        Persist(path, async () =>
        {
            using var response = await Send(
                HttpMethod.Head, FileAddress(repo, commit, path), 0, followsAway: false, cancel);
            if ((int)response.StatusCode >= 400) throw await Refusal(response, repo, commit, path, cancel);
            return HubHead.Of(response);
        }, cancel);

    /// <summary>The answer with a file's bytes from some place on: 206; 200 from servers that only know whole files.</summary>
    /// <exception cref="HubException">There is no such thing, or it may not be had.</exception>
    /// <exception cref="Interruption">The connection broke; another try may do.</exception>
    internal async Task<HttpResponseMessage> Open(
        HubRepo repo, string commit, string path, long from, CancellationToken cancel)
    {
        var response = await Send(HttpMethod.Get, FileAddress(repo, commit, path), from, followsAway: true, cancel);
        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return response;
        using (response) throw await Refusal(response, repo, commit, path, cancel);
    }

    /// <summary>Waits before another try, as long as the server asks or the number of tries says.</summary>
    /// <exception cref="HubUnreachable">There were enough tries, or the server asks for too long a wait.</exception>
    internal async Task Rest(string what, Interruption cause, int tries, CancellationToken cancel)
    {
        if (tries >= _patience.Retries)
            throw new HubUnreachable($"{what}: given up after {tries + 1} tries without progress at {Settings.Endpoint}: "
                + $"{cause.Message}; run the same command again to go on from here", cause);
        var wait = cause.RetryAfter ?? _patience.Wait(tries);
        if (wait > _patience.LongestWait)
            throw new HubUnreachable($"{what}: {cause.Message} and asks to come back in {wait.TotalMinutes:F0} min; "
                + "run the same command again then", cause);
        _note?.Invoke($"{what}: {cause.Message}; next try in {wait.TotalSeconds:0.#} s");
        await Task.Delay(wait, cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> Persist<T>(string what, Func<Task<T>> work, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
            try
            {
                return await work();
            }
            catch (Interruption cause)
            {
                await Rest(what, cause, tries, cancel);
            }
    }

    private Uri ListAddress(HubRepo repo, string revision) =>
        new($"{Root}/api/{repo.Collection}/{repo.Name}/revision/{Uri.EscapeDataString(revision)}?blobs=true");

    private Uri FileAddress(HubRepo repo, string commit, string path) =>
        new($"{Root}/{repo.Address}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    private string Root => Settings.Endpoint.AbsoluteUri.TrimEnd('/');

    /// <summary>Asks, and follows redirects; away from the hub without the token, and only where wanted.</summary>
    private async Task<HttpResponseMessage> Send(
        HttpMethod method, Uri address, long from, bool followsAway, CancellationToken cancel)
    {
        var atHome = true;
        for (var hop = 0; ; hop++)
        {
            using var request = new HttpRequestMessage(method, address);
            if (atHome && Settings.Token is { } token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
            var response = await Patiently(
                c => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, c), address.Host, cancel);
            var isRedirect = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;
            if (!isRedirect || response.Headers.Location is not { } location) return response;
            var next = new Uri(address, location);
            atHome &= IsHome(next); // once away, a way back does not bring the token back
            if (!atHome && !followsAway) return response;
            response.Dispose();
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http"))
                throw new HubException($"{address.Host} redirects to {next.GetLeftPart(UriPartial.Authority)}, "
                    + "which is not followed: expected https");
            if (hop == MostRedirects)
                throw new HubException($"{Settings.Endpoint}: more than {MostRedirects} redirects in a row");
            address = next;
        }
    }

    private bool IsHome(Uri uri) =>
        (uri.Scheme, uri.IdnHost, uri.Port) == (Settings.Endpoint.Scheme, Settings.Endpoint.IdnHost, Settings.Endpoint.Port);

    /// <summary>Work on a connection that may not be silent for long.</summary>
    /// <exception cref="Interruption">It was, or broke.</exception>
    internal async Task<T> Patiently<T>(Func<CancellationToken, Task<T>> work, string who, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_patience.Silence);
        try
        {
            return await work(limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new Interruption($"the connection to {who} broke ({(e.InnerException ?? e).Message.TrimEnd('.')})", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new Interruption($"{who} said nothing for {_patience.Silence.TotalSeconds:0.#} s", e);
        }
    }

    private async Task<byte[]> Body(HttpResponseMessage response, int most, CancellationToken cancel)
    {
        var host = response.RequestMessage?.RequestUri?.Host ?? "the hub";
        using var stream = await Patiently(response.Content.ReadAsStreamAsync, host, cancel);
        using var body = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await Patiently(c => stream.ReadAsync(buffer, c).AsTask(), host, cancel) is > 0 and var count)
        {
            if (body.Length + count > most) throw new HubException($"the answer of {host} is longer than {most >> 20} MiB");
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    private static TimeSpan Until(DateTimeOffset date) =>
        TimeSpan.FromTicks(Math.Max(0, (date - DateTimeOffset.UtcNow).Ticks));

    /// <summary>What an answer that is none means: something to try again, or one sentence.</summary>
    private async Task<Exception> Refusal(
        HttpResponseMessage response, HubRepo repo, string revision, string? path, CancellationToken cancel)
    {
        var status = (int)response.StatusCode;
        var host = response.RequestMessage?.RequestUri?.Host ?? "the hub";
        if (status is 408 or 429 or >= 500)
            return new Interruption(
                status == 429 ? $"{host} has too many requests (429)" : $"{host} is in trouble ({status})")
            {
                RetryAfter = response.Headers.RetryAfter is not { } after ? null
                    : after.Delta ?? (after.Date is { } date ? Until(date) : null),
            };
        var code = response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.First() : "";
        var known = Settings.Token is not null;
        if (code == "GatedRepo")
            return new HubException($"{repo.Name} is gated: accept its licence at {Root}/{repo.Address}, then set HF_TOKEN "
                + $"to a token of that account{(known ? $" ({Settings.TokenSource} is not enough)" : "")}");
        if (code == "RevisionNotFound")
            return new HubException($"{repo.Name} has no revision '{revision}' at {Settings.Endpoint}; the usual one is main");
        if (code == "EntryNotFound" || (status == 404 && path is not null))
            return new HubException($"{repo.Name} has no file {path} at {revision}");
        return status switch
        {
            401 when known => new HubException($"{repo.Name}: there is no such {repo.KindText}, or {Settings.TokenSource} "
                + $"does not open it (401): check the spelling and the token ({Root}/settings/tokens)"),
            401 => new HubException($"{repo.Name}: there is no such {repo.KindText} at {Settings.Endpoint}, "
                + $"or it is private (401): check the spelling{await Other()}, or set HF_TOKEN"),
            403 => new HubException(
                $"{repo.Name}: {(known ? Settings.TokenSource : "a stranger")} may not read it (403): "
                + $"accept its licence at {Root}/{repo.Address}, and set HF_TOKEN to a token that may read it"),
            404 => new HubException($"{repo.Name}: there is no such {repo.KindText} at {Settings.Endpoint}: "
                + $"check the spelling{await Other()}"),
            _ => new HubException($"{repo.Name}: {host} answered {status} {response.ReasonPhrase}"),
        };

        // The likeliest mistake is a data set asked for as a model.
        async Task<string> Other()
        {
            var other = repo.Kind == HubRepoKind.Model
                ? HubRepo.Parse(repo.Name, HubRepoKind.Dataset)
                : HubRepo.Parse(repo.Name, HubRepoKind.Model);
            try
            {
                using var answer = await Send(HttpMethod.Head, ListAddress(other, "main"), 0, followsAway: false, cancel);
                return answer.IsSuccessStatusCode
                    ? $" (there is a {other.KindText} of that name: --repo-type {other.Kind.ToString().ToLowerInvariant()})" : "";
            }
            catch (Interruption)
            {
                return ""; // only advice
            }
        }
    }
}

/// <summary>A connection broke, or the server asks to come again: another try may do.</summary>
internal sealed class Interruption(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The wait that the server asks for; null where it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
