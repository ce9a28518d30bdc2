using System.Text.Json;
using Softly.Cli;
using Softly.Cli.Evaluating;
using Softly.Cli.Evaluating.Endpoint;
using Softly.Cli.Recipes;
using Softly.Tasks;

namespace Softly.Tests.Cli.Evaluating;

public class EndpointTests
{
    private static readonly EndpointPatience Hasty = new(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(20));

    private static Problem[] Problems(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Problem($"p{i}", $"{i}+1?", $"{i + 1}") { Messages = [new("user", $"{i}+1?")] })];

    private static List<AnsweredPiece> Ask(
        ChatServer server, int problems, int samples, EndpointSampling? sampling = null, int concurrency = 4,
        EndpointPatience? patience = null, string? key = null, CancellationToken cancel = default)
    {
        using var client = new EndpointClient(server.Address, key, patience ?? Hasty);
        return [.. new EndpointAnswerer(client, sampling ?? new EndpointSampling("tiny", false, 64, 42), concurrency)
            .Answer(Problems(problems).Chunk(1), samples, _ => { }, cancel)];
    }

    [Fact]
    public void Answers_come_in_the_problems_order_whoever_is_first()
    {
        using var server = new ChatServer(async r =>
        {
            await Task.Delay(r.Question.StartsWith('0') ? 80 : 1);
            return (200, ChatServer.Completion($"{r.Question} it is"));
        });
        var pieces = Ask(server, 6, 2);
        Assert.Equal(["p0", "p1", "p2", "p3", "p4", "p5"], pieces.Select(p => p.Problems.Single().Id));
        Assert.All(pieces, p => Assert.Equal(2, p.Answers.Single().Count));
        Assert.All(pieces, p => Assert.All(p.Answers.Single(), a => Assert.Equal(p.Problems[0].Prompt + " it is", a.Text)));
        Assert.InRange(server.MostAtOnce, 2, 4);
    }

    [Fact]
    public void A_request_holds_what_was_asked_and_nothing_that_was_left_to_the_server()
    {
        using var server = new ChatServer(_ => (200, ChatServer.Completion("2")));
        Ask(server, 1, 2, new EndpointSampling("tiny", false, 64, 42) { Temperature = 0.6, TopP = 0.95, Stop = ["\n\n"] });
        Ask(server, 1, 1, new EndpointSampling("tiny", false, 32, 42));
        var bodies = server.Requests.Select(r => r.Body).ToList();
        var (first, last) = (bodies[0], bodies[2]);
        Assert.Equal("""[{"role":"user","content":"0\u002B1?"}]""", first.GetProperty("messages").GetRawText());
        Assert.Equal(("tiny", 64, 0.6, 0.95), (first.GetProperty("model").GetString(), first.GetProperty("max_tokens").GetInt32(),
            first.GetProperty("temperature").GetDouble(), first.GetProperty("top_p").GetDouble()));
        Assert.Equal("""["\n\n"]""", first.GetProperty("stop").GetRawText());
        Assert.Equal(2, bodies.Take(2).Select(b => b.GetProperty("seed").GetInt32()).Distinct().Count());
        Assert.Contains(last.GetProperty("seed").GetInt32(), bodies.Take(2).Select(b => b.GetProperty("seed").GetInt32()));
        foreach (var name in new[] { "temperature", "top_p", "top_k", "min_p", "stop" })
            Assert.False(last.TryGetProperty(name, out _), name);
        Assert.All(server.Requests, r => Assert.Null(r.Key));
    }

    [Fact]
    public void Plain_completions_have_a_prompt_and_a_text()
    {
        using var server = new ChatServer(_ => (200,
            """{"choices": [{"text": "2", "finish_reason": "length"}], "usage": {"prompt_tokens": 3, "completion_tokens": 9}}"""));
        var answer = Ask(server, 1, 1, new EndpointSampling("tiny", true, 9, 1)).Single().Answers[0][0];
        Assert.Equal(new Answer("2", 3, 9, null, "length"), answer);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("completions", "0+1?"), (request.Path, request.Question));
    }

    [Fact]
    public void Reasoning_that_is_written_apart_is_a_thought()
    {
        using var document = JsonDocument.Parse(ChatServer.Completion("It is 2.", 40, reasoning: "One and one"));
        var answer = EndpointReply.Read(document.RootElement).Single();
        Assert.Equal("One and one\n</think>\n\nIt is 2.", answer.Text);
        Assert.Equal(40, answer.Tokens);
        Assert.Equal((int)Math.Round(40 * 12.0 / answer.Text.Length), answer.ThoughtTokens);
        using var counted = JsonDocument.Parse("""
            {"choices": [{"message": {"content": "2", "reasoning": "r"}, "finish_reason": "stop", "stop_reason": "END"}],
             "usage": {"prompt_tokens": 1, "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 44}}}
            """);
        answer = EndpointReply.Read(counted.RootElement).Single();
        Assert.Equal((44, "stop"), (answer.ThoughtTokens, answer.Finish));
    }

    [Fact]
    public void An_empty_answer_is_an_answer_and_tokens_that_are_not_counted_are_not_known()
    {
        using var server = new ChatServer(_ => (200,
            """{"choices": [{"message": {"role": "assistant", "content": null}, "finish_reason": "length"}]}"""));
        Assert.Equal(new Answer("", null, null, null, "length"), Ask(server, 1, 1).Single().Answers[0][0]);
        using var thought = JsonDocument.Parse(
            """{"choices": [{"message": {"content": "2", "reasoning": "r"}, "finish_reason": "stop"}]}""");
        var answer = EndpointReply.Read(thought.RootElement).Single();
        Assert.Equal((null, null, "end"), (answer.Tokens, answer.ThoughtTokens, answer.Finish));
    }

    [Fact]
    public void The_first_failure_ends_the_others_and_is_what_is_said()
    {
        using var server = new ChatServer(async r =>
        {
            if (!r.Question.StartsWith('0')) return (400, "{\"error\": {\"message\": \"too long\"}}");
            await Task.Delay(30_000);
            return (200, "");
        });
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Contains("too long", Assert.Throws<UserError>(() => Ask(server, 3, 2)).Message);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 15);
    }

    [Fact]
    public void A_dead_server_is_told_soon_and_a_password_in_an_address_never()
    {
        ChatServer server;
        using (server = new ChatServer(_ => (200, ""))) { }
        var patience = new EndpointPatience(6, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(20));
        var error = Assert.Throws<UserError>(() => Ask(server, 2, 1, patience: patience));
        Assert.Contains("gave up after 3 attempts", error.Message);
        error = Assert.Throws<UserError>(() => new EndpointClient("http://me:secret@127.0.0.1:9/v1", null, Hasty));
        Assert.Contains("set OPENAI_API_KEY", error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public void Several_choices_share_the_tokens_and_what_a_server_leaves_out_is_asked_for_again()
    {
        using var server = new ChatServer(r => (200, ChatServer.Completion("2", 7, count: Math.Min(2, r.Body.GetProperty("n").GetInt32()))));
        var answers = Ask(server, 1, 5, new EndpointSampling("tiny", false, 64, 42) { Choices = 5 }).Single().Answers[0];
        Assert.Equal([4, 3, 4, 3, 7], answers.Select(a => a.Tokens));
        Assert.Equal([5, 3, 1], server.Requests.Select(r => r.Body.GetProperty("n").GetInt32()));
    }

    [Theory]
    [InlineData(429, "{\"error\": {\"message\": \"slow down\"}}")]
    [InlineData(503, "<html>no</html>")]
    [InlineData(200, "{\"choices\": [")]
    [InlineData(200, "{\"choices\": []}")]
    [InlineData(200, "[1]")]
    [InlineData(200, "{\"choices\": [{\"message\": {\"role\": \"assistant\"}}]}")]
    public void What_may_pass_is_tried_again_and_not_for_ever(int status, string body)
    {
        var count = 0;
        using (var server = new ChatServer(_ => ++count < 3 ? (status, body) : (200, ChatServer.Completion("2"))))
        {
            Assert.Equal("2", Ask(server, 1, 1).Single().Answers[0][0].Text);
            Assert.Equal(3, count);
        }
        using var down = new ChatServer(_ => (status, body));
        var error = Assert.Throws<UserError>(() => Ask(down, 1, 1));
        Assert.Contains("gave up after 3 attempts", error.Message);
        Assert.Contains("what was answered is kept", error.Message);
        Assert.Equal(3, down.Requests.Count);
    }

    [Fact]
    public void A_reply_that_does_not_come_is_given_up()
    {
        using var server = new ChatServer(async _ =>
        {
            await Task.Delay(5000);
            return (200, "");
        });
        var error = Assert.Throws<UserError>(() =>
            Ask(server, 1, 1, patience: new EndpointPatience(2, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60))));
        Assert.Contains("no reply within 0.1 s", error.Message);
    }

    [Fact]
    public void A_refusal_is_not_tried_again_and_does_not_show_the_key()
    {
        const string key = "sk-a-secret-of-mine";
        using var server = new ChatServer(r => (401, "{\"error\": {\"message\": \"the key " + r.Key + " is unknown\"}}"));
        var error = Assert.Throws<UserError>(() => Ask(server, 1, 1, key: key));
        Assert.Contains("status 401", error.Message);
        Assert.Contains("OPENAI_API_KEY is not accepted", error.Message);
        Assert.DoesNotContain(key, error.Message);
        Assert.Equal("Bearer " + key, Assert.Single(server.Requests).Key);
    }

    [Fact]
    public void The_server_waits_as_long_as_it_says()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), Hasty.Before(1, TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(60), Hasty.Before(1, TimeSpan.FromHours(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(4), Hasty.Before(3, null));
    }

    [Fact]
    public void Stopping_abandons_what_is_under_way_at_once()
    {
        using var stop = new CancellationTokenSource(50);
        using var server = new ChatServer(async _ =>
        {
            await Task.Delay(20_000);
            return (200, "");
        });
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => Ask(server, 3, 2, cancel: stop.Token));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("soft", "feeds the model mixtures of tokens, and a server takes texts")]
    [InlineData("discrete,soft-noise", "soft-noise feeds the model mixtures")]
    [InlineData("own", "own feeds")]
    [InlineData("discret", "did you mean 'discrete'?")]
    public void A_server_answers_in_plain_tokens_only(string modes, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserError>(() => EndpointEvaluation.ModeOf(modes, [], [])).Message);

    [Fact]
    public void A_key_that_a_server_does_not_know_is_refused_and_a_preset_is_understood()
    {
        Assert.Contains("engine does nothing with an endpoint",
            Assert.Throws<UserError>(() => EndpointEvaluation.ModeOf(null, [], ["engine=simd"])).Message);
        var recipe = EndpointEvaluation.ModeOf(null, Preset.Find("paper-discrete"), ["eval_samples=4"]).Recipe;
        Assert.Equal((0.6, 0.95, 30, 4, 32768),
            (recipe.Temperature!.Value, recipe.TopP!.Value, recipe.TopK!.Value, recipe.EvalSamples, recipe.MaxCompletionLength));
    }
}
