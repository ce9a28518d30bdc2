using Softly.Tokenization;

namespace Softly.Tests.Tokenization.Templates;

/// <summary>Renders small templates with the variables that the tables of this folder use.</summary>
internal static class Templated
{
    private static readonly Dictionary<string, object?> Variables = new()
    {
        ["a"] = 1,
        ["b"] = 2,
        ["f"] = 1.5,
        ["yes"] = true,
        ["n"] = null,
        ["e"] = "",
        ["t"] = "Hello World",
        ["u"] = "a\U0001f600b\u00e9",
        ["l"] = new[] { 3, 1, 2 },
        ["d"] = new Dictionary<string, object?> { ["x"] = 1, ["y"] = new[] { 1, 2 }, ["items_"] = "z" },
        ["m"] = new[]
        {
            new Dictionary<string, object?> { ["role"] = "user", ["content"] = "hi" },
            new Dictionary<string, object?> { ["role"] = "assistant", ["content"] = "yo" },
        },
    };

    public static string Render(string template) => ChatTemplate.Parse(template).Render([], variables: Variables);

    /// <summary>The error of a template that must fail, when read or when rendered.</summary>
    public static ChatTemplateException Fail(string template) => Assert.Throws<ChatTemplateException>(() => Render(template));
}
