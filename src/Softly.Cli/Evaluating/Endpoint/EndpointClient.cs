using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace Softly.Cli.Evaluating.Endpoint;

/// <summary>How patient a client is with a server.</summary>
/// <param name="Attempts">How often a request is made at most.</param>
/// <param name="FirstDelay">Waited before the second attempt; doubled for each further one.</param>
/// <param name="Timeout">Waited for a whole reply.</param>
internal sealed record EndpointPatience(int Attempts, TimeSpan FirstDelay, TimeSpan Timeout)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Waited before an attempt, from 1; what the server asks for goes first, within limits.</summary>
    public TimeSpan Before(int attempt, TimeSpan? asked)
    {
        var own = FirstDelay * Math.Pow(2, attempt - 1);
        var delay = asked > own ? asked.Value : own;
        return delay < Longest ? delay : Longest;
    }
}

/// <summary>
/// Posts JSON to an OpenAI-compatible server. What may pass is tried again (429, 408, 5xx, broken connections, timeouts, replies
/// that are no completion), so many times and no more. The key is sent and never shown.
/// </summary>
internal sealed class EndpointClient : IDisposable
{
    private const int LargestReply = 64 << 20;
    private const int LongestQuote = 300;

    /// <summary>Where nobody listens, waiting longer seldom helps.</summary>
    private const int AttemptsRefused = 3;

    private readonly HttpClient _http;
    private readonly EndpointPatience _patience;
    private readonly string? _key;

    /// <param name="address">Up to and with <c>/v1</c>.</param>
    /// <param name="key">The key; null to send none.</param>
    /// <param name="patience">How patient to be.</param>
    /// <exception cref="UserError">The address is none, or the key cannot be sent.</exception>
    public EndpointClient(string address, string? key, EndpointPatience patience)
    {
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri))
            throw new UserError($"{address}: no address; expected one such as http://127.0.0.1:8000/v1");
        if (uri.UserInfo.Length > 0)
            throw new UserError("the address has a name or a password in it, which would be shown and kept: leave it out, and "
                + "set OPENAI_API_KEY to the key");
        (Address, _patience, _key) = (address.TrimEnd('/'), patience, string.IsNullOrWhiteSpace(key) ? null : key.Trim());
        _http = new HttpClient
        {
            BaseAddress = uri, Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestReply,
        };
        if (_key is null) return;
        if (_key.Any(c => c is <= ' ' or > '~'))
            throw new UserError("OPENAI_API_KEY holds blanks or foreign characters: expected one word");
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
    }

    /// <summary>Where the server is.</summary>
    public string Address { get; }

    /// <summary>The models that the server has; empty where it does not say.</summary>
    /// <exception cref="UserError">Nobody is there, or the key is refused.</exception>
    public async Task<IReadOnlyList<string>> Models(CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "models");
            var (status, body, _) = await Send(request, cancel);
            if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) throw Refused(status, body);
            if (status != HttpStatusCode.OK) return [];
            using var document = JsonDocument.Parse(body);
            return [.. document.RootElement.GetProperty("data").EnumerateArray()
                .Select(m => m.GetProperty("id").GetString() ?? "")];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return [];
        }
        catch (HttpRequestException e)
        {
            throw new UserError($"{Address}: no server answers there ({Cause(e)}): start it, or check the address");
        }
        catch (TimeoutException e)
        {
            throw new UserError($"{Address}: {e.Message}: is it an OpenAI-compatible server?");
        }
    }

    /// <summary>Posts a request and reads the reply.</summary>
    /// <param name="path">Below the address, such as <c>chat/completions</c>.</param>
    /// <param name="body">The request.</param>
    /// <param name="read">Reads the reply; <see cref="FormatException"/> says that it is none.</param>
    /// <param name="cancel">Stops at once.</param>
    /// <exception cref="UserError">The server refuses, or all attempts failed; the last cause is named.</exception>
    public async Task<T> Post<T>(string path, byte[] body, Func<JsonElement, T> read, CancellationToken cancel)
    {
        var last = "";
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? asked = null;
            var most = _patience.Attempts;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                var (status, reply, retry) = await Send(request, cancel);
                if (status == HttpStatusCode.OK)
                {
                    using var document = JsonDocument.Parse(reply);
                    return read(document.RootElement);
                }
                if (!MayPass(status)) throw Refused(status, reply);
                (last, asked) = ($"status {(int)status}{Said(reply)}", retry);
            }
            catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
            {
                last = $"the reply is no completion ({Hidden(e.Message)})";
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException)
            {
                last = Cause(e);
                if (IsRefused(e)) most = Math.Min(most, AttemptsRefused);
            }
            if (attempt >= most)
                throw new UserError($"{Address}/{path}: gave up after {attempt} attempts: {last}; what was answered is kept, the "
                    + "same command goes on from there");
            await Task.Delay(_patience.Before(attempt, asked), cancel);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, byte[] Body, TimeSpan? Retry)> Send(
        HttpRequestMessage request, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_patience.Timeout);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            var retry = response.Headers.RetryAfter;
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token),
                retry?.Delta ?? (retry?.Date is { } date ? date - DateTimeOffset.UtcNow : null));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"no reply within {_patience.Timeout.TotalSeconds:0.#} s");
        }
    }

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500;

    private UserError Refused(HttpStatusCode status, byte[] body) => new(
        $"{Address}: the server refuses, status {(int)status}{Said(body)}"
        + (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            ? _key is null ? "; it wants a key: set OPENAI_API_KEY" : "; the key of OPENAI_API_KEY is not accepted" : ""));

    /// <summary>What a server says about its refusal, where it says it; empty where not.</summary>
    private string Said(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error)) root = error;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("message", out var message)) root = message;
            return root.ValueKind == JsonValueKind.String ? $": {Hidden(root.GetString()!)}" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>Servers quote what they were sent: the key never reaches a screen.</summary>
    private string Hidden(string text)
    {
        if (_key is not null) text = text.Replace(_key, "…", StringComparison.Ordinal);
        text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > LongestQuote ? text[..LongestQuote] + "…" : text;
    }

    private static bool IsRefused(Exception e) =>
        e is HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    private static string Cause(Exception e) =>
        e is HttpRequestException { InnerException: SocketException socket }
            ? socket.Message
            : e.InnerException?.Message ?? e.Message;
}
