using Softly.Tasks;

namespace Softly.Tokenization;

/// <summary>A chat template. Only its text is held so far; rendering comes with the next change.</summary>
public sealed class ChatTemplate
{
    private readonly string _text;

    private ChatTemplate(string text) => _text = text;

    internal static ChatTemplate Parse(string text, IReadOnlyDictionary<string, string> specials, string place) => new(text);

    /// <summary>Not there yet.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public string Render(
        IReadOnlyList<Message> messages, bool addGenerationPrompt = true, object? tools = null, IReadOnlyDictionary<string, object?>? variables = null) =>
        throw new NotSupportedException($"a template of {_text.Length} characters cannot be rendered yet");
}
