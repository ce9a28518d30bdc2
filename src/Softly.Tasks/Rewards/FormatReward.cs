using System.Text.RegularExpressions;

namespace Softly.Tasks;

/// <summary>What form a completion should have.</summary>
public enum FormatStyle
{
    /// <summary>Thinking is ended once, and something is said behind it.</summary>
    Think,

    /// <summary>
    /// Thinking, then an answer between tags: <c>&lt;think&gt;…&lt;/think&gt; &lt;answer&gt;…&lt;/answer&gt;</c>.
    /// </summary>
    Answer,

    /// <summary>There is a complete <c>\boxed{…}</c> that holds something.</summary>
    Box,
}

/// <summary>1 where the completion has the wanted form, else 0, whatever it says.</summary>
/// <remarks>
/// <c>think</c> looks for the mark that ends thinking where the run has one, and else for <c>&lt;think&gt;…&lt;/think&gt;</c>
/// in the text. The opening tag may be missing, since many chat templates put it into the prompt.
/// </remarks>
public sealed class FormatReward : IReward
{
    private const string Open = "<think>", Close = "</think>", AnswerOpen = "<answer>", AnswerClose = "</answer>";

    private readonly Regex? _pattern;

    /// <inheritdoc />
    public string Name { get; init; } = "format";

    /// <summary>Which form. Default <see cref="FormatStyle.Think"/>.</summary>
    public FormatStyle Style { get; init; } = FormatStyle.Think;

    /// <summary>
    /// A regular expression that must be found in the completion, goes before <see cref="Style"/>; its time is linear in the
    /// text, so it has neither look-around nor references back. A dot is any character, the end of a line too.
    /// </summary>
    /// <exception cref="ArgumentException">It is none; the message says where.</exception>
    public string? Pattern
    {
        get => _pattern?.ToString();
        init
        {
            try
            {
                _pattern = value is null ? null
                    : new Regex(value, RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
            }
            catch (NotSupportedException)
            {
                throw new ArgumentException(
                    $"pattern '{value}' has look-around or references back, whose time has no bound: write it without");
            }
        }
    }

    /// <inheritdoc />
    public double Score(RewardContext context) => Fits(context) ? 1 : 0;

    private bool Fits(RewardContext context)
    {
        if (_pattern is not null) return _pattern.IsMatch(context.Completion);
        return Style switch
        {
            FormatStyle.Answer => Behind(context.Completion) is { } rest && IsAnswer(rest.Trim()),
            FormatStyle.Box => HendrycksGrader.LastBoxed(context.Completion) is { } box && !string.IsNullOrWhiteSpace(box),
            _ when context.Thought is null => !string.IsNullOrWhiteSpace(Behind(context.Completion)),
            _ => context.Reply is { } reply && !string.IsNullOrWhiteSpace(reply) && Count(reply, Open) + Count(reply, Close) == 0,
        };
    }

    /// <summary>
    /// What stands behind the thought; null where it is not closed once, or opened anywhere but at the beginning.
    /// </summary>
    private static string? Behind(string text)
    {
        if (Count(text, Close) != 1) return null;
        var opened = Count(text, Open);
        return opened == 0 || (opened == 1 && text.AsSpan().TrimStart().StartsWith(Open))
            ? text[(text.IndexOf(Close, StringComparison.Ordinal) + Close.Length)..]
            : null;
    }

    private static bool IsAnswer(string text) =>
        text.StartsWith(AnswerOpen, StringComparison.Ordinal) && text.EndsWith(AnswerClose, StringComparison.Ordinal)
        && Count(text, AnswerOpen) == 1 && Count(text, AnswerClose) == 1
        && !string.IsNullOrWhiteSpace(text[AnswerOpen.Length..^AnswerClose.Length]);

    private static int Count(string text, string tag)
    {
        var count = 0;
        for (var at = 0; (at = text.IndexOf(tag, at, StringComparison.Ordinal)) >= 0; at += tag.Length) count++;
        return count;
    }
}
