using Softly.Tasks;
using Softly.Tokenization.Templates;

namespace Softly.Tokenization;

/// <summary>
/// A chat template: the part of Jinja that instruct models use, with the settings of transformers. It sees only the values that
/// it is given, and its work, text and lists are limited; so a template of unknown origin may be rendered. Immutable and safe to
/// use from several threads.
/// </summary>
/// <remarks>
/// Supported are <c>set</c>, <c>if</c>, <c>for</c> with filter, <c>else</c>, <c>break</c> and <c>continue</c>, <c>macro</c>,
/// <c>raw</c> and <c>generation</c>; all operators; and the filters, tests, methods and functions that an error lists when it
/// meets another. Not supported are including other templates, <c>call</c>, <c>filter</c>, recursive loops and HTML escapes;
/// whole numbers have 64 bits.
/// </remarks>
public sealed class ChatTemplate
{
    private const int LargestTemplate = 1 << 20;

    private readonly string _place;
    private readonly IReadOnlyList<Statement> _statements;
    private readonly IReadOnlyDictionary<string, string> _specials;

    private ChatTemplate(
        string text, IReadOnlyList<Statement> statements, IReadOnlyDictionary<string, string> specials, string place) =>
        (Text, _statements, _specials, _place) = (text, statements, specials, place);

    /// <summary>The template as it was read.</summary>
    public string Text { get; }

    /// <summary>Texts of special tokens by role, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Specials => _specials;

    /// <summary>Reads a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="specials">Texts of special tokens by role, such as <c>bos_token</c>.</param>
    /// <param name="place">Where the template comes from, for errors.</param>
    /// <exception cref="ChatTemplateException">The template is broken or asks for something that is not supported.</exception>
    public static ChatTemplate Parse(
        string text, IReadOnlyDictionary<string, string>? specials = null, string place = "chat template")
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LargestTemplate)
            throw new ChatTemplateException(place, 1, $"the template has more than {LargestTemplate:N0} characters");
        return At(place, () => new ChatTemplate(
            text, TemplateParser.Parse(text), specials ?? new Dictionary<string, string>(), place));
    }

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Ends with the head of the assistant's turn.</param>
    /// <param name="variables">
    /// Further variables, such as <c>enable_thinking</c>, <c>tools</c> or <c>documents</c> (null unless given): text, numbers,
    /// booleans, null, and lists, dictionaries and JSON of these. They win over all others; <c>messages</c> among them is a
    /// conversation with more than roles and texts.
    /// </param>
    /// <param name="clock">What <c>strftime_now</c> reads; the system's clock where null.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or fails on it.</exception>
    /// <exception cref="ArgumentException">A variable is of a type that templates cannot take.</exception>
    public string Render(
        IReadOnlyList<Message> messages,
        bool addGenerationPrompt = true,
        IReadOnlyDictionary<string, object?>? variables = null,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var all = new Dictionary<string, object?>
        {
            ["messages"] = messages,
            ["tools"] = null,
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        foreach (var (name, text) in _specials) all[name] = text;
        if (variables is not null)
            foreach (var (name, value) in variables) all[name] = value;
        return At(_place, () => Renderer.Render(
            _statements,
            all.Select(v => (v.Key, HostValues.Copy(v.Value, v.Key))),
            new Run(new Limits(), clock ?? TimeProvider.System)));
    }

    private static T At<T>(string place, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TemplateFault fault)
        {
            throw new ChatTemplateException(place, Math.Max(1, fault.Line), fault.Message, fault);
        }
    }
}
