using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Softly.Tasks;

namespace Softly.Cli.Evaluating.Endpoint;

/// <summary>How an endpoint is asked. What is null is left to the server.</summary>
internal sealed record EndpointSampling(string Model, bool Plain, int MaxTokens, long Seed)
{
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? TopK { get; init; }
    public double? MinP { get; init; }
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Answers asked for in one request.</summary>
    public int Choices { get; init; } = 1;
}

/// <summary>
/// A model behind an OpenAI-compatible address. Several requests are under way at once; answers come in the problems' order.
/// </summary>
/// <param name="client">Where to ask.</param>
/// <param name="sampling">How.</param>
/// <param name="concurrency">Requests under way at once.</param>
internal sealed class EndpointAnswerer(EndpointClient client, EndpointSampling sampling, int concurrency) : IAnswerer
{
    /// <inheritdoc />
    public IEnumerable<AnsweredPiece> Answer(
        IEnumerable<IReadOnlyList<Problem>> pieces, int samples, Action<double> progress, CancellationToken cancel)
    {
        using var places = new SemaphoreSlim(concurrency);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var underWay = new Queue<Task<AnsweredPiece>>();
        var first = new FirstFailure(all);
        try
        {
            foreach (var piece in pieces)
            {
                underWay.Enqueue(Answer(piece, samples, places, first, all.Token));
                if (underWay.Count >= concurrency) yield return first.Of(underWay.Dequeue());
            }
            while (underWay.TryDequeue(out var next)) yield return first.Of(next);
        }
        finally
        {
            all.Cancel();
            try
            {
                Task.WaitAll([.. underWay], CancellationToken.None);
            }
            catch (AggregateException)
            {
                // abandoned: the first failure, or the reason to stop, is under way to the caller
            }
        }
    }

    /// <summary>The first request that fails ends all others, and is what the caller hears of.</summary>
    private sealed class FirstFailure(CancellationTokenSource all)
    {
        private ExceptionDispatchInfo? _first;

        /// <summary>A failure; those after the first are its consequences.</summary>
        public void Add(Exception e)
        {
            if (all.IsCancellationRequested) return;
            Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(e), null);
            all.Cancel();
        }

        /// <summary>What a task gives, or the first failure of all.</summary>
        public T Of<T>(Task<T> task)
        {
            try
            {
                return task.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (Volatile.Read(ref _first) is not null)
            {
                _first!.Throw();
                throw;
            }
        }
    }

    private async Task<AnsweredPiece> Answer(
        IReadOnlyList<Problem> problems, int samples, SemaphoreSlim places, FirstFailure failed, CancellationToken cancel)
    {
        var starts = Enumerable.Range(0, (samples + sampling.Choices - 1) / sampling.Choices).Select(i => i * sampling.Choices);
        var asked = problems.Select(p => starts.Select(first =>
            Ask(p, first, Math.Min(sampling.Choices, samples - first), places, failed, cancel)).ToArray()).ToArray();
        await Task.WhenAll(asked.SelectMany(requests => requests));
        var answers = new List<IReadOnlyList<Answer>>();
        foreach (var requests in asked) answers.Add([.. (await Task.WhenAll(requests)).SelectMany(a => a)]);
        return new AnsweredPiece(problems, answers);
    }

    /// <summary>Some answers to a problem. A server that gives fewer than it was asked for is asked again for the rest.</summary>
    private async Task<IReadOnlyList<Answer>> Ask(
        Problem problem, int first, int count, SemaphoreSlim places, FirstFailure failed, CancellationToken cancel)
    {
        var answers = new List<Answer>();
        while (answers.Count < count)
        {
            await places.WaitAsync(cancel);
            try
            {
                var body = Request(problem, first + answers.Count, count - answers.Count);
                answers.AddRange(await client.Post(
                    sampling.Plain ? "completions" : "chat/completions", body, EndpointReply.Read, cancel));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed.Add(e);
                throw;
            }
            finally
            {
                places.Release();
            }
        }
        return [.. answers.Take(count)];
    }

    private byte[] Request(Problem problem, int sample, int count)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("model", sampling.Model);
            if (sampling.Plain) json.WriteString("prompt", problem.Prompt);
            else
            {
                json.WriteStartArray("messages");
                foreach (var message in problem.Messages ?? [new Message("user", problem.Prompt)])
                {
                    json.WriteStartObject();
                    json.WriteString("role", message.Role);
                    json.WriteString("content", message.Content);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteNumber("n", count);
            json.WriteNumber("max_tokens", sampling.MaxTokens);
            json.WriteNumber("seed", SeedOf(problem, sample));
            if (sampling.Temperature is { } temperature) json.WriteNumber("temperature", temperature);
            if (sampling.TopP is { } topP) json.WriteNumber("top_p", topP);
            if (sampling.TopK is { } topK) json.WriteNumber("top_k", topK);
            if (sampling.MinP is { } minP) json.WriteNumber("min_p", minP);
            if (sampling.Stop.Count > 0)
            {
                json.WriteStartArray("stop");
                foreach (var stop in sampling.Stop) json.WriteStringValue(stop);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Its own for each problem and sample, whatever else is asked.</summary>
    private int SeedOf(Problem problem, int sample) =>
        Convert.ToInt32(Fingerprint.OfText($"{sampling.Seed}:{problem.Id}:{sample}")[..7], 16);
}
