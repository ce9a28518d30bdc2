using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>A request as the server sees it.</summary>
internal sealed record ChatRequest(string Path, string? Key, JsonElement Body)
{
    /// <summary>The last turn, or the plain prompt.</summary>
    public string Question => Body.TryGetProperty("prompt", out var prompt) ? prompt.GetString()!
        : Body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
}

/// <summary>An OpenAI-compatible server of this machine, of which each test says what it replies.</summary>
internal sealed class ChatServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<ChatRequest, Task<(int Status, string Body)>> _reply;
    private int _atOnce;

    public ChatServer(Func<ChatRequest, (int Status, string Body)> reply) : this(r => Task.FromResult(reply(r))) { }

    public ChatServer(Func<ChatRequest, Task<(int Status, string Body)>> reply)
    {
        _reply = reply;
        for (var attempt = 0; ; attempt++)
        {
            var port = 20_000 + Random.Shared.Next(20_000);
            _listener = new HttpListener();
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/v1/");
            try
            {
                _listener.Start();
                Address = $"http://127.0.0.1:{port}/v1";
                break;
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // somebody has the port
            }
        }
        _ = Accept();
    }

    public string Address { get; }

    public ConcurrentQueue<ChatRequest> Requests { get; } = [];

    /// <summary>The most requests that were under way at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>What <c>/models</c> says.</summary>
    public string[] Models { get; init; } = ["tiny"];

    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>A chat completion.</summary>
    public static string Completion(
        string? content, int tokens = 5, string finish = "stop", string? reasoning = null, int count = 1) =>
        JsonSerializer.Serialize(new
        {
            choices = Enumerable.Range(0, count).Select(i => new
            {
                index = i, message = new { role = "assistant", content, reasoning_content = reasoning }, finish_reason = finish,
            }),
            usage = new { prompt_tokens = 11, completion_tokens = tokens },
        });

    public void Dispose() => ((IDisposable)_listener).Dispose();

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task Serve(HttpListenerContext context)
    {
        lock (Requests) MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
        try
        {
            var path = context.Request.Url!.AbsolutePath["/v1/".Length..];
            var (status, body) = (200, JsonSerializer.Serialize(new { data = Models.Select(id => new { id }) }));
            if (path != "models")
            {
                var sent = await new StreamReader(context.Request.InputStream, Encoding.UTF8).ReadToEndAsync();
                var request = new ChatRequest(path, context.Request.Headers["Authorization"], JsonDocument.Parse(sent).RootElement);
                Requests.Enqueue(request);
                (status, body) = await _reply(request);
            }
            context.Response.StatusCode = status;
            foreach (var (name, value) in Headers) context.Response.Headers[name] = value;
            lock (Requests) _atOnce--;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // the other side went away, as some tests want it
        }
    }
}
