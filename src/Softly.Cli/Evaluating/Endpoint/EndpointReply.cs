using System.Text.Json;

namespace Softly.Cli.Evaluating.Endpoint;

/// <summary>The choices of a reply, chat or plain.</summary>
internal static class EndpointReply
{
    /// <summary>
    /// One answer a choice. A server counts the tokens of all choices together: of several, each has an equal share; where it
    /// counts none they are not known. What is
    /// written apart as reasoning (<c>reasoning_content</c>, <c>reasoning</c>) is a thought, put before the answer with a closing mark.
    /// </summary>
    /// <exception cref="FormatException">It has no choices, or one without a text.</exception>
    public static IReadOnlyList<Answer> Read(JsonElement reply)
    {
        if (reply.ValueKind != JsonValueKind.Object || !reply.TryGetProperty("choices", out var choices)
            || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0)
            throw new FormatException("it has no choices");
        var count = choices.GetArrayLength();
        var usage = Inner(reply, "usage");
        var (prompt, completion) = (Number(usage, "prompt_tokens"), Number(usage, "completion_tokens"));
        var reasoning = count == 1 && usage is { } counts
            ? Number(Inner(counts, "completion_tokens_details"), "reasoning_tokens") : null;
        return [.. choices.EnumerateArray().Select((choice, i) =>
            One(choice, prompt, completion is { } all ? Share(all, count, i) : null, reasoning))];
    }

    private static Answer One(JsonElement choice, int? prompt, int? tokens, int? reasoning)
    {
        var (thought, text) = Texts(choice);
        var whole = thought is null ? text : $"{thought}\n</think>\n\n{text}";
        var end = whole.IndexOf("</think>", StringComparison.Ordinal);
        // Where the server does not count thoughts, their share of the text is their share of the tokens.
        var thoughts = reasoning is > 0 ? reasoning
            : end >= 0 && whole.Length > 0 && tokens is { } n ? (int)Math.Round(n * (end / (double)whole.Length)) : null;
        return new Answer(whole, prompt, tokens, thoughts, Finish(choice));
    }

    private static (string? Thought, string Text) Texts(JsonElement choice)
    {
        if (choice.ValueKind != JsonValueKind.Object) throw new FormatException("a choice is no object");
        if (!choice.TryGetProperty("message", out var message))
            return (null, choice.TryGetProperty("text", out var plain) && plain.ValueKind == JsonValueKind.String
                ? plain.GetString()! : throw new FormatException("a choice has neither a message nor a text"));
        if (message.ValueKind != JsonValueKind.Object) throw new FormatException("a message is no object");
        var thought = Text(message, "reasoning_content") ?? Text(message, "reasoning");
        return (string.IsNullOrEmpty(thought) ? null : thought, Text(message, "content")
            // Null is what servers write of an answer that is empty, such as one that was cut off at once.
            ?? (thought is not null || message.TryGetProperty("content", out var none) && none.ValueKind == JsonValueKind.Null
                ? "" : throw new FormatException("a message has no content")));
    }

    private static string Finish(JsonElement choice) => Text(choice, "finish_reason") switch
    {
        "stop" => Text(choice, "stop_reason") is null ? "end" : "stop", // vLLM tells the two apart
        var other => other ?? "",
    };

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Inner(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static int? Number(JsonElement? of, string name) =>
        of is { } found && found.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var n) && n >= 0 ? n : null;

    private static int Share(int total, int count, int i) => total / count + (i < total % count ? 1 : 0);
}
